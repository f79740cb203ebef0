package io.infrafabric.kit.store;

/** So many changes are to be told that the store's answer is larger than what may be received: a new snapshot is needed. */
public final class TooFarBehindException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Because of what the store's client said. */
  public TooFarBehindException(Throwable cause) {
    super("the changes do not fit into one answer of the store", cause);
  }
}
