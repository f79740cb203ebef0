package io.infrafabric.bench.economics;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who works on what in a sprint; the same for the same seed.
 *
 * @param seed also of how attempts end
 */
record Sprint(long seed, List<Member> members, List<Job> jobs) {
  /** Of each session: five on small models and two on larger ones (spec O1). */
  private static final int SMALL = 5;

  private static final int MEMBERS = 7;
  private static final List<String> SPECIALTIES = List.of("ops:infrastructure", "data:analysis", "legal:review", "code:performance");

  /** One agent in so many has one of the specialties. */
  private static final int ONE_IN = 3;

  private static final int JOBS_WITH_A_BLOCKER_PERCENT = 20;
  private static final int DEMANDING_PERCENT = 35;

  Sprint {
    members = List.copyOf(members);
    jobs = List.copyOf(jobs);
  }

  /**
   * How large a sprint is.
   *
   * @param sessions of seven agents
   * @param phases of each session, one after the other
   * @param jobs of each phase
   * @param failing agents that fail nearly always
   * @param expensive agents on the dearest model
   */
  record Size(int sessions, int phases, int jobs, int failing, int expensive) {}

  /** A sprint of that size. */
  static Sprint of(long seed, Size size) {
    Random random = new Random(seed);
    int count = size.sessions() * MEMBERS;
    Set<Integer> failing = some(random, count, size.failing(), Set.of());
    Set<Integer> expensive = some(random, count, size.expensive(), failing);
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      members.add(member(i, failing.contains(i), expensive.contains(i)));
    }
    List<Job> jobs = new ArrayList<>();
    for (int session = 1; session <= size.sessions(); session++) {
      for (int phase = 1; phase <= size.phases(); phase++) {
        for (int job = 1; job <= size.jobs(); job++) {
          jobs.add(job(random, "s" + session, "s%d-p%02d".formatted(session, phase), job));
        }
      }
    }
    return new Sprint(seed, members, jobs);
  }

  private static Set<Integer> some(Random random, int of, int count, Set<Integer> without) {
    Set<Integer> some = new LinkedHashSet<>();
    while (some.size() < count) {
      int next = random.nextInt(of);
      // Every session keeps those on whom its demanding work depends.
      if (!without.contains(next) && next % MEMBERS < SMALL) {
        some.add(next);
      }
    }
    return some;
  }

  private static Member member(int which, boolean failing, boolean expensive) {
    String session = "s" + (which / MEMBERS + 1);
    boolean small = which % MEMBERS < SMALL;
    Model model = expensive ? Model.OPUS : small ? Model.HAIKU : Model.SONNET;
    Set<String> capabilities = new LinkedHashSet<>(Set.of(domain(session)));
    for (Kind kind : Kind.values()) {
      if (model != Model.HAIKU || !kind.demanding()) {
        capabilities.add(kind.capability());
      }
    }
    if (which % ONE_IN == 0 && !failing) {
      capabilities.add(SPECIALTIES.get(which / ONE_IN % SPECIALTIES.size()));
    }
    return new Member("%s-a%d".formatted(session, which % MEMBERS + 1), session, model, capabilities, failing);
  }

  private static Job job(Random random, String session, String phase, int number) {
    List<Kind> kinds = List.of(Kind.values());
    boolean demanding = random.nextInt(100) < DEMANDING_PERCENT;
    Kind kind = kinds.get(random.nextInt(3) + (demanding ? 3 : 0));
    double hours = 0.1 + random.nextDouble() * 0.3;
    boolean blocked = random.nextInt(100) < JOBS_WITH_A_BLOCKER_PERCENT;
    String need = SPECIALTIES.get(random.nextInt(SPECIALTIES.size()));
    double helpHours = 0.02 + random.nextDouble() * 0.03;
    return new Job("%s-t%d".formatted(phase, number), session, phase, kind, hours, blocked ? Optional.of(need) : Optional.empty(), helpHours);
  }

  /** What only the members of a session can do: its domain. */
  static String domain(String session) {
    return "sprint:" + session;
  }

  Map<String, Member> byId() {
    return members.stream().collect(Collectors.toMap(Member::id, Function.identity()));
  }

  /** The jobs of each phase, in order. */
  Map<String, List<Job>> phases() {
    return jobs.stream().collect(Collectors.groupingBy(Job::phase, java.util.TreeMap::new, Collectors.toList()));
  }
}
