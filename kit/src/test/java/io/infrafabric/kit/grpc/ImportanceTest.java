package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImportanceTest {
  private static List<Integer> rooms(int limit) {
    return Arrays.stream(Importance.values()).map(importance -> importance.room(limit)).toList();
  }

  @Test
  void whatMattersLess_hasLessRoom() {
    assertThat(Importance.values()).containsExactly(Importance.VITAL, Importance.HIGH, Importance.NORMAL, Importance.LOW);
    assertThat(rooms(100)).containsExactly(200, 85, 70, 50);
    assertThat(rooms(3)).containsExactly(6, 2, 2, 1);
  }

  /** With room for none no such call would ever be served, however idle the service is. */
  @Test
  void everyImportance_hasRoomForOne_howeverSmallTheLimit() {
    assertThat(rooms(1)).containsExactly(2, 1, 1, 1);
  }
}
