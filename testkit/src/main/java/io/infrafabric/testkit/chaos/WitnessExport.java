package io.infrafabric.testkit.chaos;

import io.grpc.Channel;
import io.infrafabric.governor.v1.ExportRequest;
import io.infrafabric.governor.v1.ExportResponse;
import io.infrafabric.governor.v1.WitnessServiceGrpc;
import io.infrafabric.kit.merkle.VerifierKey;
import io.infrafabric.testkit.history.Violation;
import io.infrafabric.testkit.history.WitnessJudge;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The witness log as its public door shows it. */
public final class WitnessExport {
  private WitnessExport() {}

  /**
   * Judges the log of the last head that the judge has seen.
   *
   * @param folder of the log, where the governor writes its verifier key
   */
  public static List<Violation> judge(WitnessJudge judge, Channel governor, Path folder) {
    try {
      VerifierKey key = VerifierKey.parse(Files.readString(folder.resolve("verifier-key")));
      return judge.judge(entries(governor, judge.size()), key);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The first entries of the log, byte by byte. */
  public static List<byte[]> entries(Channel governor, long size) throws IOException {
    if (size == 0) {
      return List.of();
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    ExportRequest.Builder request = ExportRequest.newBuilder().setTreeSize(size);
    ExportResponse part;
    do {
      part = WitnessServiceGrpc.newBlockingStub(governor).export(request.build());
      part.getContent().writeTo(text);
      request.setFromIndex(part.getNextIndex());
    } while (!part.getLast());
    return text.toString(StandardCharsets.UTF_8).lines().skip(1).map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
