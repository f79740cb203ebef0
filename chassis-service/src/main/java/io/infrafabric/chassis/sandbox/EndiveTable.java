package io.infrafabric.chassis.sandbox;

import run.endive.runtime.Instance;
import run.endive.runtime.TableInstance;
import run.endive.wasm.types.Table;
import run.endive.wasm.types.TableLimits;

/** A table with limits of its own: Endive 1.0.0 lets growth in one instance be seen in the module's next one. */
final class EndiveTable extends TableInstance {
  private static final int ENTRIES = 100_000;

  private EndiveTable(Table table, int initialValue) {
    super(table, initialValue);
  }

  static TableInstance create(Table table, int initialValue) {
    TableLimits declared = table.limits();
    TableLimits own = new TableLimits(declared.min(), Math.max(declared.min(), Math.min(declared.max(), ENTRIES)));
    return new EndiveTable(new Table(table.elementType(), own, table.initialize()), initialValue);
  }

  @Override
  public int grow(int more, int value, Instance instance) {
    RunEnded.ifInterrupted();
    return fits(more) ? super.grow(more, value, instance) : -1;
  }

  @Override
  public int growWithRef(int more, Object value, Instance instance) {
    RunEnded.ifInterrupted();
    return fits(more) ? super.growWithRef(more, value, instance) : -1;
  }

  /** The test of Endive overflows. */
  private boolean fits(int more) {
    return more >= 0 && more <= limits().max() - size();
  }
}
