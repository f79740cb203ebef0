package io.infrafabric.chassis.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.kit.nats.Objects;
import io.infrafabric.names.Limits;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamedResultTest {
  private final MemoryShelf objects = new MemoryShelf();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  private CompleteTaskRequest.Builder after(int bytes) {
    CompleteTaskRequest.Builder request = CompleteTaskRequest.newBuilder();
    Random random = new Random(bytes);
    try (StreamedResult result = new StreamedResult(objects)) {
      for (int left = bytes; left > 0; ) {
        byte[] piece = new byte[Math.min(left, 1 + random.nextInt(20_000))];
        random.nextBytes(piece);
        written.writeBytes(piece);
        result.write(piece);
        left -= piece.length;
      }
      result.into(request);
    }
    return request;
  }

  @Test
  void resultThatFitsIntoARecord_isInTheRequest() {
    CompleteTaskRequest.Builder request = after(Limits.PAYLOAD_BYTES);
    assertThat(request.hasResultObject()).isFalse();
    assertThat(request.getResult().toByteArray()).isEqualTo(written.toByteArray());
    assertThat(after(0).getResult().isEmpty()).isTrue();
  }

  @Test
  void resultThatDoesNot_isAnObjectOfAllOfIt() {
    CompleteTaskRequest.Builder request = after(Limits.PAYLOAD_BYTES + 1);
    assertThat(request.getResult().isEmpty()).isTrue();
    assertThat(request.getResultObject().getSha256()).isEqualTo(Objects.sha256(written.toByteArray()));
    assertThat(objects.get(request.getResultObject().getSha256())).isEqualTo(written.toByteArray());
  }

  @Test
  void outputAfterTheEnd_isNotTaken() {
    StreamedResult result = new StreamedResult(objects);
    result.close();
    assertThatThrownBy(() -> result.write(new byte[1])).hasMessageContaining("has ended");
  }
}
