package io.infrafabric.kit.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RelayQueueTest {
  private final RelayQueue queue = new RelayQueue(2);

  private static RelayQueue.Work work(long revision, String... ids) {
    return new RelayQueue.Work(
        revision,
        0,
        () -> Stream.of(ids).map(id -> new OutboundMessage("s", id, Map.of(), ByteString.EMPTY)).toList());
  }

  private List<RelayQueue.Parcel> take() {
    List<RelayQueue.Parcel> taken = new ArrayList<>();
    for (Optional<RelayQueue.Parcel> next = queue.next(); next.isPresent(); next = queue.next()) {
      taken.add(next.get());
    }
    return taken;
  }

  private static List<String> ids(List<RelayQueue.Parcel> parcels) {
    return parcels.stream().map(parcel -> parcel.message().messageId()).toList();
  }

  @Test
  void next_keepsTheOrderAndTheWindow() {
    queue.add(work(5, "a", "b"));
    queue.add(work(6, "c"));

    List<RelayQueue.Parcel> first = take();
    assertThat(ids(first)).containsExactly("a", "b");
    queue.acknowledged(first.get(0));
    assertThat(ids(take())).containsExactly("c");
    assertThat(queue.waiting()).isZero();
  }

  @Test
  void published_growsOnlyOverWhatIsAcknowledgedInOrder() {
    queue.add(work(5, "a"));
    queue.add(work(6, "b"));
    List<RelayQueue.Parcel> sent = take();

    queue.acknowledged(sent.get(1));
    assertThat(queue.published()).isZero();
    queue.acknowledged(sent.get(0));
    assertThat(queue.published()).isEqualTo(6);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void published_waitsForAllChangesOfARevision() {
    queue.add(work(5, "a"));
    queue.add(work(5, "b"));
    queue.add(work(5, "c"));
    List<RelayQueue.Parcel> sent = take();
    queue.acknowledged(sent.get(0));
    assertThat(queue.published()).isZero();
    queue.acknowledged(sent.get(1));
    assertThat(queue.published()).isZero();
    queue.acknowledged(take().getFirst());
    assertThat(queue.published()).isEqualTo(5);
  }

  @Test
  void published_passesChangesWithoutMessages() {
    queue.add(work(5));
    queue.add(work(6));
    assertThat(take()).isEmpty();
    assertThat(queue.published()).isEqualTo(6);
  }

  @Test
  void failed_goesFirstAgain() {
    queue.add(work(5, "a"));
    queue.add(work(6, "b"));
    queue.add(work(7, "c"));
    List<RelayQueue.Parcel> sent = take();
    queue.failed(sent.get(0));
    queue.acknowledged(sent.get(1));

    assertThat(ids(take())).containsExactly("a", "c");
    assertThat(queue.published()).isZero();
  }

  @Test
  void snapshot_goesFirstAndCountsWhenAllOfItIsAcknowledged() {
    queue.addSnapshot(Stream.of(work(0, "x"), work(0, "y")), work(9));
    queue.add(work(10, "z"));
    List<RelayQueue.Parcel> sent = take();
    assertThat(ids(sent)).containsExactly("x", "y");
    queue.acknowledged(sent.get(0));
    queue.acknowledged(take().getFirst());
    assertThat(queue.published()).isZero();
    queue.acknowledged(sent.get(1));
    assertThat(queue.published()).isEqualTo(10);
  }

  @Test
  void dropUnsent_keepsWhatIsUnderWay() {
    queue.add(work(5, "a", "b"));
    queue.add(work(6, "c"));
    List<RelayQueue.Parcel> sent = take();
    queue.dropUnsent();

    queue.failed(sent.get(0));
    queue.acknowledged(sent.get(1));
    assertThat(queue.isEmpty()).isFalse();
    assertThat(ids(take())).containsExactly("a");
    queue.acknowledged(sent.get(0));
    assertThat(queue.isEmpty()).isTrue();
  }
}
