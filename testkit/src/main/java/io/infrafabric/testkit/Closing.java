package io.infrafabric.testkit;

/** The end of a test that may have been aborted before it had all that it closes. */
public final class Closing {
  private Closing() {}

  /**
   * Closes each in this order, also after one that fails. A null is passed over: a test that was aborted for want of a
   * backend never had it, and an error here would turn the aborted test into a failed one.
   */
  public static void each(AutoCloseable... opened) throws Exception {
    Exception first = null;
    for (AutoCloseable one : opened) {
      try {
        if (one != null) {
          one.close();
        }
      } catch (Exception failure) { // an AutoCloseable may throw any
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
