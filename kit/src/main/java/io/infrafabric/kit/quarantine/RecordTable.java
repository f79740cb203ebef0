package io.infrafabric.kit.quarantine;

import io.infrafabric.kit.store.Entry;
import io.infrafabric.kit.store.RecordCheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The records that a service reads, a row for each prefix: how a value under it is checked, and what becomes of one that cannot be read if
 * the service is the one that writes them. What stands under no row of it has no fault.
 */
public final class RecordTable implements RecordCheck {
  private final List<Row> rows = new ArrayList<>();

  private record Row(String prefix, Optional<Treatment> treatment, RecordCheck check) {}

  /** The same with records that this service alone writes. Rows are looked at in order: the most read first. */
  public RecordTable own(String prefix, Treatment treatment, RecordCheck check) {
    rows.add(new Row(prefix, Optional.of(treatment), check));
    return this;
  }

  /** The same with records that another service writes. */
  public RecordTable others(String prefix, RecordCheck check) {
    rows.add(new Row(prefix, Optional.empty(), check));
    return this;
  }

  /** What becomes of an unreadable record, by the prefixes that this service alone writes. */
  public Map<String, Treatment> owned() {
    Map<String, Treatment> owned = new LinkedHashMap<>();
    rows.forEach(row -> row.treatment().ifPresent(treatment -> owned.put(row.prefix(), treatment)));
    return owned;
  }

  @Override
  public Optional<String> fault(Entry entry) {
    for (Row row : rows) {
      if (entry.key().startsWith(row.prefix())) {
        return row.check().fault(entry);
      }
    }
    return Optional.empty();
  }
}
