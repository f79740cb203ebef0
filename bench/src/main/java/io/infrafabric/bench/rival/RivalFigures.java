package io.infrafabric.bench.rival;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Jobs a second of every rival under one load. */
record RivalFigures(Rival.Load load, Map<String, List<Double>> rounds) {
  RivalFigures(Rival.Load load) {
    this(load, new LinkedHashMap<>());
  }

  void add(String rival, long nanos) {
    rounds.computeIfAbsent(rival, name -> new ArrayList<>()).add(load.jobs() / (nanos / 1e9));
  }

  private List<Double> sorted(String rival) {
    return rounds.get(rival).stream().sorted().toList();
  }

  /** The median round. */
  double perSecond(String rival) {
    List<Double> all = sorted(rival);
    int half = all.size() / 2;
    return all.size() % 2 == 1 ? all.get(half) : (all.get(half - 1) + all.get(half)) / 2;
  }

  /** How many times as fast the one is. */
  double ratio(String one, String other) {
    return perSecond(one) / perSecond(other);
  }

  /** {@code BullMQ  9400/s (9100 to 9700)  ours 1.20x}. */
  String line(String rival, String ours) {
    List<Double> all = sorted(rival);
    String text = String.format(Locale.ROOT, "%-28s %8.0f/s (%.0f to %.0f)", rival, perSecond(rival), all.getFirst(), all.getLast());
    return rival.equals(ours) ? text : text + String.format(Locale.ROOT, "   ratio %.2fx", ratio(ours, rival));
  }

  String json(String ours) {
    List<String> members = new ArrayList<>();
    for (String rival : rounds.keySet()) {
      members.add(
          String.format(
              Locale.ROOT, "\"%s\":{\"completedPerSecond\":%.1f,\"ratio\":%.3f}", rival, perSecond(rival), ratio(ours, rival)));
    }
    return "{\"workers\":%d,\"jobs\":%d,%s}".formatted(load.workers(), load.jobs(), String.join(",", members));
  }
}
