package io.infrafabric.testkit.history;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** What all clients asked and were told: the fabric is held to every word of it. For many threads. */
public final class CallLog {
  private static final int SURPRISES = 100;

  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
  private final Map<Call.Kind, AtomicLong> answered = new ConcurrentHashMap<>();
  private final Map<String, Integer> mapped = new ConcurrentHashMap<>();
  private final AtomicLong unknown = new AtomicLong();
  private final AtomicLong sentAgain = new AtomicLong();
  private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

  /** Notes a call that is over. */
  public void add(Call call) {
    calls.add(call);
    if (call.answer() instanceof Call.Answer.Done || call.answer() instanceof Call.Answer.Got) {
      answered.computeIfAbsent(call.kind(), kind -> new AtomicLong()).incrementAndGet();
    }
  }

  /** A mapping was acknowledged as whole. */
  public void mapped(String plan, int children) {
    mapped.put(plan, children);
  }

  /** The mappings that were acknowledged, each with how many children it has. */
  public Map<String, Integer> mapped() {
    return Map.copyOf(mapped);
  }

  /** A try had an unknown outcome. */
  public void unknown() {
    unknown.incrementAndGet();
  }

  /** A try had no answer, for whatever reason, and is made again. */
  public void sentAgain() {
    sentAgain.incrementAndGet();
  }

  /** An answer that no client should ever hear. */
  public void surprise(String what) {
    if (surprises.size() < SURPRISES) {
      surprises.add(what);
    }
  }

  /** Every call that is over. */
  public List<Call> calls() {
    return List.copyOf(calls);
  }

  /** Tasks whose submission was acknowledged. */
  public Set<String> submitted() {
    return calls.stream()
        .filter(call -> call.kind() == Call.Kind.SUBMIT && call.answer() instanceof Call.Answer.Done)
        .map(Call::task)
        .collect(Collectors.toSet());
  }

  /** Calls of a kind that were answered with a yes. */
  public long answered(Call.Kind kind) {
    AtomicLong count = answered.get(kind);
    return count == null ? 0 : count.get();
  }

  /** Claims that were answered with a yes. */
  public long claims() {
    return answered(Call.Kind.CLAIM) + answered(Call.Kind.CLAIM_NEXT);
  }

  /** Tries with an unknown outcome. */
  public long unknowns() {
    return unknown.get();
  }

  /** Tries that were made again. */
  public long again() {
    return sentAgain.get();
  }

  /** The first answers that no client should ever hear. */
  public List<String> surprises() {
    return List.copyOf(surprises);
  }
}
