package io.infrafabric.kit.store;

/** A write on a lease that has ended. */
public final class LeaseGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LeaseGoneException(Throwable cause) {
    super("the lease has ended", cause);
  }
}
