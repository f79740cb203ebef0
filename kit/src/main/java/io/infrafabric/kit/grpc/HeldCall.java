package io.infrafabric.kit.grpc;

import io.grpc.ServerCall;
import io.infrafabric.error.Refusal;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A call whose handler is begun when its first message has been judged, and never when that is refused. */
final class HeldCall<Q> extends ServerCall.Listener<Q> {
  private final Supplier<ServerCall.Listener<Q>> begin;
  private final Judge judge;
  private final Consumer<Refusal> refuse;
  private ServerCall.Listener<Q> begun;
  private boolean ready;
  private boolean refused;

  /** Looks at a message. */
  interface Judge {
    Optional<Refusal> judge(Object message, boolean first);
  }

  HeldCall(Supplier<ServerCall.Listener<Q>> begin, Judge judge, Consumer<Refusal> refuse) {
    this.begin = begin;
    this.judge = judge;
    this.refuse = refuse;
  }

  @Override
  public void onMessage(Q message) {
    if (refused) {
      return;
    }
    Optional<Refusal> refusal = judge.judge(message, begun == null);
    if (refusal.isPresent()) {
      refused = true;
      refuse.accept(refusal.get());
      if (begun != null) {
        begun.onCancel();
      }
      return;
    }
    begin();
    begun.onMessage(message);
  }

  @Override
  public void onHalfClose() {
    if (!refused) {
      begin(); // without any message: the handler says what is missing
      begun.onHalfClose();
    }
  }

  @Override
  public void onReady() {
    if (begun == null) {
      ready = true;
    } else if (!refused) {
      begun.onReady();
    }
  }

  @Override
  public void onCancel() {
    if (begun != null && !refused) {
      begun.onCancel();
    }
  }

  @Override
  public void onComplete() {
    if (begun != null && !refused) {
      begun.onComplete();
    }
  }

  private void begin() {
    if (begun == null) {
      begun = begin.get();
      if (ready) {
        begun.onReady();
      }
    }
  }
}
