package io.infrafabric.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.infrafabric.governor.books.BooksCheck;
import io.infrafabric.kit.quarantine.Treatment;
import io.infrafabric.names.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What people read about records that cannot be read is what the services do: each kind of record that is set aside stands there. */
class UnreadableRecordsPageTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Keys KEYS = new Keys();

  /** By prefix below the root: moved or kept. */
  private static Map<String, String> done() {
    Map<String, String> all = new TreeMap<>();
    for (Map<String, Treatment> owned :
        List.of(
            new io.infrafabric.coordinator.record.RecordRules(KEYS).owned(),
            new BooksCheck(KEYS).owned(),
            new io.infrafabric.chassis.contract.RecordRules(KEYS).owned())) {
      owned.forEach((prefix, treatment) -> all.put(prefix.substring(KEYS.root().length()), treatment == Treatment.MOVE ? "moved" : "kept"));
    }
    return all;
  }

  /** The rows of a page that are about prefixes: each prefix with the cells after it. */
  private static Map<String, List<String>> rows(String page) throws IOException {
    Map<String, List<String>> rows = new TreeMap<>();
    for (String line : Files.readAllLines(RunningFabric.repository().resolve(page))) {
      List<String> cells = List.of(line.split("\\|")).stream().map(String::strip).toList();
      if (line.startsWith("| `")) {
        for (Matcher prefix = CODE.matcher(cells.get(1)); prefix.find(); ) {
          rows.put(prefix.group(1), cells.subList(2, cells.size()));
        }
      }
    }
    return rows;
  }

  private static Map<String, String> words(Map<String, List<String>> rows, int cell) {
    Map<String, String> words = new TreeMap<>();
    rows.forEach((prefix, cells) -> words.put(prefix, cells.get(cell).split("\\W")[0]));
    return words;
  }

  @Test
  void everyRecordThatIsSetAside_isNamedWithItsMessage() throws Exception {
    Map<String, List<String>> rows = rows("docs/how-to/unreadable-records.md");
    assertThat(words(rows, 1)).isEqualTo(done());
    for (List<String> cells : rows.values()) {
      Matcher message = CODE.matcher(cells.getFirst());
      assertThat(message.find()).as(cells.toString()).isTrue();
      Class<?> type = Class.forName("io." + message.group(1));
      Message none = (Message) type.getMethod("getDefaultInstance").invoke(null);
      assertThat(none.getDescriptorForType().getFullName()).isEqualTo(message.group(1));
    }
  }

  @Test
  void decision_saysWhyForEachOfThem() throws IOException {
    assertThat(words(rows("docs/adr/0012-unreadable-records-are-moved-or-kept-by-their-writer.md"), 0)).isEqualTo(done());
  }
}
