package io.infrafabric.governor.witness;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.ExportFormat;
import io.infrafabric.governor.v1.ExportRequest;
import io.infrafabric.governor.v1.ExportResponse;
import io.infrafabric.governor.v1.GetCheckpointResponse;
import io.infrafabric.governor.v1.ProveConsistencyRequest;
import io.infrafabric.governor.v1.ProveConsistencyResponse;
import io.infrafabric.governor.v1.ProveInclusionRequest;
import io.infrafabric.governor.v1.ProveInclusionResponse;
import io.infrafabric.governor.v1.QueryRequest;
import io.infrafabric.governor.v1.QueryResponse;
import io.infrafabric.governor.v1.TraceRequest;
import io.infrafabric.governor.v1.TraceResponse;
import io.infrafabric.governor.v1.WitnessEntry;
import io.infrafabric.kit.merkle.ProofRules;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.kit.telemetry.JsonText;
import io.infrafabric.kit.time.Times;
import io.infrafabric.names.Limits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Answers questions about the log, as far as it is signed. */
public final class WitnessQueries {
  /** Entries that one call looks at. */
  static final long LOOKED_AT = 100_000;

  private static final int BUNDLE = 256;
  private static final int QUERY_PAGE = 50;
  private static final int EXPORT_BYTES = 512 << 10;

  private final Witness witness;

  public WitnessQueries(Witness witness) {
    this.witness = witness;
  }

  /** The newest entries that match, newest first. */
  QueryResponse query(QueryRequest request) {
    Witness.Readable log = witness.readable();
    long size = log.head().checkpoint().size();
    int wanted = pageSize(request.getPageSize(), QUERY_PAGE);
    EntryFilter filter = EntryFilter.of(request);
    QueryResponse.Builder page = QueryResponse.newBuilder().setTreeSize(size);
    long before = request.getPageToken().isEmpty() ? size : place(request.getPageToken(), size);
    long least = Math.max(0, before - LOOKED_AT);
    while (before > least) {
      long from = Math.max(least, (before - 1) / BUNDLE * BUNDLE);
      List<byte[]> entries = log.folder().entries(from, before);
      for (int i = entries.size() - 1; i >= 0; i--) {
        before = from + i;
        String text = new String(entries.get(i), StandardCharsets.UTF_8);
        if (filter.test(text)) {
          page.addEntries(entry(log, before, text));
          if (page.getEntriesCount() == wanted) {
            return before == 0 ? page.build() : page.setNextPageToken(Long.toString(before)).build();
          }
        }
      }
    }
    return before == 0 ? page.build() : page.setNextPageToken(Long.toString(before)).build();
  }

  /** The entries of one trace, oldest first. */
  TraceResponse trace(TraceRequest request) {
    if (!request.getTraceId().matches("[0-9a-f]{32}")) {
      throw wrong("trace_id", "32 hex digits");
    }
    Witness.Readable log = witness.readable();
    long size = log.head().checkpoint().size();
    int wanted = pageSize(request.getPageSize(), Limits.PAGE_SIZE_DEFAULT);
    EntryFilter filter = EntryFilter.ofTrace(request.getTraceId());
    TraceResponse.Builder page = TraceResponse.newBuilder();
    long next = request.getPageToken().isEmpty() ? 0 : place(request.getPageToken(), size);
    long most = Math.min(size, next + LOOKED_AT);
    long cost = 0;
    while (next < most && page.getEntriesCount() < wanted) {
      for (byte[] bytes : log.folder().entries(next, Math.min(most, (next / BUNDLE + 1) * BUNDLE))) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (page.getEntriesCount() < wanted) {
          if (filter.test(text)) {
            page.addEntries(entry(log, next, text));
            cost += EntryTextRules.costMicros(text);
          }
          next++;
        }
      }
    }
    return page.setCostMicros(cost).setNextPageToken(next < size ? Long.toString(next) : "").build();
  }

  /** What the log has come to. */
  GetCheckpointResponse checkpoint() {
    Witness.Readable log = witness.readable();
    SignedHead head = log.head();
    return GetCheckpointResponse.newBuilder()
        .setCheckpoint(head.note().toString())
        .setTreeSize(head.checkpoint().size())
        .setRootHash(ByteString.copyFrom(head.checkpoint().root()))
        .setRevision(head.revision())
        .setVerifierKey(head.note().signer(log.trusted()).map(VerifierKey::toString).orElse(""))
        .setAt(Times.toProto(head.at()))
        .build();
  }

  /** That an entry is in the log of a size. */
  ProveInclusionResponse inclusion(ProveInclusionRequest request) {
    Witness.Readable log = witness.readable();
    long size = size(log, request.getTreeSize());
    if (request.getIndex() < 0 || request.getIndex() >= size) {
      throw missing("the log of %d entries has none at %d".formatted(size, request.getIndex()));
    }
    String text = new String(log.folder().entries(request.getIndex(), request.getIndex() + 1).getFirst(), StandardCharsets.UTF_8);
    return ProveInclusionResponse.newBuilder()
        .setEntry(entry(log, request.getIndex(), text))
        .setTreeSize(size)
        .addAllPath(bytes(ProofRules.inclusion(log.folder(), request.getIndex(), size)))
        .setCheckpoint(note(log, size))
        .build();
  }

  /** That the log of a size begins with that of a smaller one. */
  ProveConsistencyResponse consistency(ProveConsistencyRequest request) {
    Witness.Readable log = witness.readable();
    long to = size(log, request.getToSize());
    if (request.getFromSize() < 0 || request.getFromSize() > to) {
      throw missing("a log of %d entries does not begin with one of %d".formatted(to, request.getFromSize()));
    }
    return ProveConsistencyResponse.newBuilder()
        .setFromSize(request.getFromSize())
        .setToSize(to)
        .addAllProof(bytes(ProofRules.consistency(log.folder(), request.getFromSize(), to)))
        .setCheckpoint(note(log, to))
        .build();
  }

  /** A part of the log as text. */
  ExportResponse export(ExportRequest request) {
    Witness.Readable log = witness.readable();
    long size = size(log, request.getTreeSize());
    boolean csv = request.getFormat() == ExportFormat.EXPORT_FORMAT_CSV;
    long next = request.getFromIndex();
    if (next < 0 || next > size) {
      throw missing("the log of %d entries has none at %d".formatted(size, next));
    }
    StringBuilder text = new StringBuilder();
    if (next == 0) {
      text.append(csv ? EntryTextRules.csvHeader() : JsonText.of(Map.of("checkpoint", log.head().note().toString())) + "\n");
    }
    // An entry has far fewer bytes than the room that is left below the limit of a message.
    while (next < size && text.length() < EXPORT_BYTES / 2) {
      for (byte[] bytes : log.folder().entries(next, Math.min(size, (next / BUNDLE + 1) * BUNDLE))) {
        String entry = new String(bytes, StandardCharsets.UTF_8);
        text.append(csv ? EntryTextRules.csv(next, entry) : entry + "\n");
        next++;
      }
    }
    return ExportResponse.newBuilder()
        .setContent(ByteString.copyFromUtf8(text.toString()))
        .setNextIndex(next)
        .setTreeSize(size)
        .setLast(next == size)
        .build();
  }

  private static WitnessEntry entry(Witness.Readable log, long index, String text) {
    return WitnessEntry.newBuilder().setIndex(index).setEntry(text).setLeafHash(ByteString.copyFrom(log.folder().node(0, index))).build();
  }

  private static String note(Witness.Readable log, long size) {
    return size == log.head().checkpoint().size() ? log.head().note().toString() : "";
  }

  private static List<ByteString> bytes(List<byte[]> hashes) {
    return hashes.stream().map(ByteString::copyFrom).toList();
  }

  private static long size(Witness.Readable log, long asked) {
    long signed = log.head().checkpoint().size();
    if (asked < 0 || asked > signed) {
      throw missing("the log has %d signed entries, not %d".formatted(signed, asked));
    }
    return asked == 0 ? signed : asked;
  }

  private static long place(String token, long size) {
    if (!token.matches("[0-9]{1,18}") || Long.parseLong(token) > size) {
      throw wrong("page_token", "the next_page_token of the page before, or nothing");
    }
    return Long.parseLong(token);
  }

  private static int pageSize(int asked, int usual) {
    if (asked == 0) {
      return usual;
    }
    return Integer.compareUnsigned(asked, Limits.PAGE_SIZE) > 0 ? Limits.PAGE_SIZE : asked;
  }

  private static RuntimeException wrong(String field, String what) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "the witness log is not read: correct " + field).withField(field, what).asException();
  }

  private static RuntimeException missing(String what) {
    return Refusal.of(ErrorCode.ERROR_CODE_WITNESS_ENTRY_NOT_FOUND, what).asException();
  }
}
