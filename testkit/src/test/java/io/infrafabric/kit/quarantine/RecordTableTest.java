package io.infrafabric.kit.quarantine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.infrafabric.kit.store.Entry;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecordTableTest {
  private final RecordTable table =
      new RecordTable()
          .own("/r/tasks/", Treatment.MOVE, entry -> Optional.of("no task"))
          .others("/r/standing/", entry -> Optional.of("no standing"))
          .own("/r/books/", Treatment.KEEP, entry -> Optional.empty());

  private Optional<String> fault(String key) {
    return table.fault(new Entry(key, ByteString.EMPTY, 1, 1, 0));
  }

  @Test
  void aValue_isCheckedByTheRowThatItStandsUnder() {
    assertThat(fault("/r/tasks/00/t1")).contains("no task");
    assertThat(fault("/r/standing/fox")).contains("no standing");
    assertThat(fault("/r/books/fox")).isEmpty();
    assertThat(fault("/r/tasks")).as("under none").isEmpty();
  }

  @Test
  void whatOthersWrite_isNotMovedByThisService() {
    assertThat(table.owned()).isEqualTo(Map.of("/r/tasks/", Treatment.MOVE, "/r/books/", Treatment.KEEP));
  }
}
