package io.infrafabric.error;

/** Carries a {@link Refusal} to the edge, where it becomes a status. It has no stack trace: it is no bug. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  public RefusedException(Refusal refusal) {
    super(refusal.reason() + ": " + refusal.message(), null, false, false);
    this.refusal = refusal;
  }

  public RefusedException(Refusal refusal, Throwable cause) {
    super(refusal.reason() + ": " + refusal.message(), cause, false, false);
    this.refusal = refusal;
  }

  public Refusal refusal() {
    return refusal;
  }
}
