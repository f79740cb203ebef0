package io.infrafabric.policy;

import io.infrafabric.governor.v1.PolicyProblem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with a document. */
final class Problems {
  /** Problems that are told; a document with more is wrong all over. */
  private static final int MOST = 100;

  private final List<PolicyProblem> all = new ArrayList<>();

  /** Adds a problem; line 0 concerns the whole. */
  void add(int line, String path, String description) {
    if (all.size() < MOST) {
      all.add(PolicyProblem.newBuilder().setLine(line).setPath(path).setDescription(description).build());
    }
  }

  /** By line. */
  List<PolicyProblem> inOrder() {
    return all.stream().sorted(Comparator.comparingInt(PolicyProblem::getLine)).toList();
  }
}
