package io.infrafabric.bench.session;

import com.google.protobuf.Duration;
import io.grpc.stub.StreamObserver;
import io.infrafabric.bench.claim.Hiring;
import io.infrafabric.coordinator.v1.KeepAliveRequest;
import io.infrafabric.coordinator.v1.KeepAliveResponse;
import io.infrafabric.coordinator.v1.SessionServiceGrpc;
import io.infrafabric.coordinator.v1.SessionServiceGrpc.SessionServiceStub;
import io.infrafabric.kit.grpc.GrpcClient;
import io.infrafabric.kit.lifecycle.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Swarms with a session and nothing to do: each renews it every third of its time to live. */
final class Sleepers implements AutoCloseable {
  private static final String CAPABILITY = "bench:sleep";
  private static final int CHANNELS = 8;
  private static final int HIRED_AT_ONCE = 32;
  private static final int RENEWALS_OF_A_TTL = 3;

  /** Far from what a coordinator refuses as too many. */
  private static final int LAST_AT_ONCE = 100;

  private final List<GrpcClient> coordinators = new ArrayList<>();
  private final List<SessionServiceStub> stubs = new ArrayList<>();
  private final GrpcClient governor;
  private final int ttlSeconds;
  private final String[] sessions;
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile ConcurrentLinkedQueue<Long> answers = new ConcurrentLinkedQueue<>();
  private volatile boolean awake = true;
  private Thread renewing;

  Sleepers(String coordinator, String governor, int count, int ttlSeconds) {
    for (int i = 0; i < CHANNELS; i++) {
      coordinators.add(GrpcClient.channel(coordinator));
      stubs.add(SessionServiceGrpc.newStub(coordinators.get(i).channel()));
    }
    this.governor = GrpcClient.channel(governor);
    this.ttlSeconds = ttlSeconds;
    this.sessions = new String[count];
  }

  /** Registers all, then opens their sessions, and begins to renew each as soon as it is open. */
  void begin() throws Exception {
    Hiring hiring = new Hiring(coordinators.getFirst().channel(), governor.channel(), this::request);
    forAll(i -> hiring.register(swarm(i), CAPABILITY, 1));
    renewing = Thread.ofPlatform().name("renewals").daemon().start(this::renewAll);
    Duration ttl = Duration.newBuilder().setSeconds(ttlSeconds).build();
    forAll(
        i -> {
          sessions[i] = hiring.open(swarm(i), ttl);
          opened.incrementAndGet();
        });
  }

  private interface OfOne {
    void run(int which);
  }

  private void forAll(OfOne what) throws Exception {
    Semaphore slots = new Semaphore(HIRED_AT_ONCE);
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = Threads.virtualPerTask("open-session")) {
      for (int i = 0; i < sessions.length; i++) {
        int which = i;
        slots.acquire();
        all.add(
            threads.submit(
                () -> {
                  try {
                    what.run(which);
                  } finally {
                    slots.release();
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  /** One after the other, evenly over a third of the time to live, again and again. */
  private void renewAll() {
    long periodNanos = TimeUnit.SECONDS.toNanos(ttlSeconds) / RENEWALS_OF_A_TTL;
    long begin = System.nanoTime();
    for (long turn = 0; awake; turn++) {
      long due = begin + turn * periodNanos / sessions.length;
      if (due > System.nanoTime()) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      renew((int) (turn % sessions.length));
    }
  }

  private void renew(int which) {
    String session = sessions[which];
    if (session == null) {
      return; // not open yet
    }
    long begin = System.nanoTime();
    ConcurrentLinkedQueue<Long> now = answers;
    underWay.incrementAndGet();
    stubs
        .get(which % CHANNELS)
        .keepAlive(
            KeepAliveRequest.newBuilder().setSwarmId(swarm(which)).setSessionId(session).build(),
            new StreamObserver<KeepAliveResponse>() {
              @Override
              public void onNext(KeepAliveResponse answer) {
                now.add(System.nanoTime() - begin);
              }

              @Override
              public void onError(Throwable failure) {
                failed.incrementAndGet();
                underWay.decrementAndGet();
              }

              @Override
              public void onCompleted() {
                underWay.decrementAndGet();
              }
            });
  }

  /** The latencies of renewals since the last call. */
  long[] latencies() {
    ConcurrentLinkedQueue<Long> before = answers;
    answers = new ConcurrentLinkedQueue<>();
    return before.stream().mapToLong(Long::longValue).toArray();
  }

  /** Renewals that were refused or not answered. */
  long failed() {
    return failed.get();
  }

  /** Renews all for the last time as fast as they are answered, so that they end together a time to live later. */
  void fallAsleep() throws InterruptedException {
    awake = false;
    renewing.join();
    for (int i = 0; i < sessions.length; i++) {
      while (underWay.get() >= LAST_AT_ONCE) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      renew(i);
    }
    while (underWay.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private String swarm(int which) {
    return "sleeper-" + which;
  }

  private String request() {
    return "sleeper-" + requests.incrementAndGet();
  }

  @Override
  public void close() throws InterruptedException {
    awake = false;
    if (renewing != null) {
      renewing.join();
    }
    coordinators.forEach(GrpcClient::close);
    governor.close();
  }
}
