package io.infrafabric.kit.lifecycle;

import io.opentelemetry.context.Context;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The one place that makes threads and executors, so that the trace context follows the work. */
public final class Threads {
  private Threads() {}

  /** An executor with a new virtual thread for each task; the task sees the OpenTelemetry context of who submitted it. */
  public static ExecutorService virtualPerTask(String name) {
    return Context.taskWrapping(Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory()));
  }

  /** One daemon thread for short tasks that are due later; the tasks must not block. */
  public static ScheduledExecutorService timer(String name) {
    return Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon(true).name(name).factory());
  }

  /** Starts a daemon platform thread: for loops that must run when virtual threads are busy. */
  public static Thread start(String name, Runnable body) {
    return Thread.ofPlatform().daemon(true).name(name).start(body);
  }

  /** Starts a virtual thread: for loops that mostly wait. */
  public static Thread startVirtual(String name, Runnable body) {
    return Thread.ofVirtual().name(name).start(body);
  }
}
