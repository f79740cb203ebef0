package io.infrafabric.coordinator.object;

import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.ObjectRef;
import io.infrafabric.coordinator.v1.ObjectClaim;
import io.infrafabric.coordinator.v1.PutObjectRequest;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.Violations;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What may be asked of objects. Pure. */
final class ObjectRules {
  /** Largest piece in a message, in bytes. */
  static final int PIECE_BYTES = 512 * 1024;

  /** Looks ahead, so that a digit before a digest hides none. */
  private static final Pattern SOMEWHERE = Pattern.compile("(?=([0-9a-f]{64}))");

  private ObjectRules() {}

  /** What is wrong with the first message of an upload. */
  static Optional<Refusal> first(PutObjectRequest message) {
    // Content is named by its digest, so a second try needs no record of the first; the id is asked for as with every other mutation.
    Violations wrong =
        new Violations()
            .check(
                Ids.isRequestId(message.getRequestId()),
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "request_id",
                "make one for each new upload: 1 to 128 letters, digits and . _ : -");
    if (message.hasExpected()) {
      ObjectRef expected = message.getExpected();
      wrong
          .check(isDigest(expected.getSha256()), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "expected.sha256", "64 lower-case hex digits")
          .check(expected.getSizeBytes() >= 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "expected.size_bytes", "0 or more")
          .check(
              expected.getSizeBytes() <= Limits.OBJECT_BYTES,
              ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
              "expected.size_bytes",
              expected.getSizeBytes() + " bytes, at most " + Limits.OBJECT_BYTES);
    }
    if (message.hasClaim()) {
      ObjectClaim claim = message.getClaim();
      wrong.check(claim.getFence() > 0, ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "claim.fence", "the fence that the claim came with");
    }
    return wrong.refusal("the upload cannot be taken").or(() -> piece(message));
  }

  /** What is wrong with a message after the first. */
  static Optional<Refusal> further(PutObjectRequest message) {
    return new Violations()
        .check(!message.hasClaim(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "claim", "only on the first message")
        .check(!message.hasExpected(), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "expected", "only on the first message")
        .refusal("the upload cannot go on")
        .or(() -> piece(message));
  }

  private static Optional<Refusal> piece(PutObjectRequest message) {
    return new Violations()
        .check(
            message.getData().size() <= PIECE_BYTES,
            ErrorCode.ERROR_CODE_PAYLOAD_TOO_LARGE,
            "data",
            message.getData().size() + " bytes in one message, at most " + PIECE_BYTES)
        .refusal("the piece cannot be taken");
  }

  /** Whether content that came is what was announced. */
  static Optional<Refusal> asExpected(PutObjectRequest first, ObjectRef came) {
    if (!first.hasExpected() || first.getExpected().equals(came)) {
      return Optional.empty();
    }
    return Optional.of(
        Refusal.of(
                ErrorCode.ERROR_CODE_INVALID_ARGUMENT,
                "the content has %d bytes and SHA-256 %s, expected were %d bytes and %s; nothing was kept"
                    .formatted(came.getSizeBytes(), came.getSha256(), first.getExpected().getSizeBytes(), first.getExpected().getSha256()))
            .withField("expected", "the digest and length of the content, or nothing"));
  }

  /** What is wrong with a digest that is asked for. */
  static Optional<Refusal> digest(String sha256) {
    return new Violations()
        .check(isDigest(sha256), ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "sha256", "64 lower-case hex digits")
        .refusal("the request cannot be taken");
  }

  /** Every digest that bytes hold as text, whatever else they are: what a record that cannot be read may name. */
  static Set<String> digestsIn(ByteString bytes) {
    Set<String> digests = new HashSet<>();
    Matcher each = SOMEWHERE.matcher(bytes.toString(StandardCharsets.ISO_8859_1));
    while (each.find()) {
      digests.add(each.group(1));
    }
    return digests;
  }

  static boolean isDigest(String sha256) {
    return sha256.matches("[0-9a-f]{64}");
  }
}
