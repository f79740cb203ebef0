package io.infrafabric.policy;

import io.infrafabric.governor.v1.RelationKind;
import io.infrafabric.governor.v1.SwarmRelation;
import io.infrafabric.names.Ids;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads the part {@code relations} of a document: how swarms stand to each other (spec O6). */
final class RelationReader {
  static final String PART = "relations";

  /** Relations in a document. */
  private static final int MOST = 64;

  /** Swarms in one list of a relation. */
  private static final int MOST_SWARMS = 64;

  private static final int LEAST_WEIGHT = 100;
  private static final int MOST_WEIGHT = 10_000;

  private static final List<String> KEYS = List.of("kind", "swarms", "helpers", "of", "weight");

  /** What a relation without a weight weighs, in thousandths. */
  private static final Map<RelationKind, Integer> WEIGHTS =
      Map.of(RelationKind.RELATION_KIND_PEER, 1_100, RelationKind.RELATION_KIND_SUPPORT, 1_250, RelationKind.RELATION_KIND_CRITICAL_PATH, 1_500);

  private RelationReader() {}

  static List<SwarmRelation> read(Fields top, Problems problems) {
    List<Node> items = top.items(PART);
    if (items.size() > MOST) {
      problems.add(top.lineOf(PART), PART, "at most %d relations, not %d".formatted(MOST, items.size()));
    }
    List<SwarmRelation> relations = new ArrayList<>();
    for (int i = 0; i < Math.min(MOST, items.size()); i++) {
      relation(Fields.of(items.get(i), PART + "[" + i + "].", KEYS, problems), problems).ifPresent(relations::add);
    }
    return relations;
  }

  private static Optional<SwarmRelation> relation(Fields fields, Problems problems) {
    if (fields.node("kind").isEmpty()) {
      problems.add(fields.lineOf("kind"), fields.pathOf("kind"), "one of peer, critical_path, support is expected");
      return Optional.empty();
    }
    Optional<RelationKind> kind =
        fields.word("kind", List.of("peer", "critical_path", "support")).map(word -> RelationKind.valueOf("RELATION_KIND_" + word.toUpperCase(Locale.ROOT)));
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    SwarmRelation.Builder relation = SwarmRelation.newBuilder().setKind(kind.get());
    if (kind.get() == RelationKind.RELATION_KIND_PEER) {
      relation.addAllHelpers(swarms(fields, "swarms", 2, problems));
      foreign(fields, List.of("helpers", "of"), "peers are listed under swarms", problems);
    } else {
      relation.addAllHelpers(swarms(fields, "helpers", 1, problems)).addAllOf(swarms(fields, "of", 1, problems));
      foreign(fields, List.of("swarms"), "helpers and of say who helps whom", problems);
    }
    return Optional.of(
        relation.setWeightMillis(fields.number("weight", 3, LEAST_WEIGHT, MOST_WEIGHT).map(Long::intValue).orElse(WEIGHTS.get(kind.get()))).build());
  }

  private static void foreign(Fields fields, List<String> names, String instead, Problems problems) {
    names.stream().filter(name -> fields.node(name).isPresent()).forEach(name -> problems.add(fields.lineOf(name), fields.pathOf(name), "not here: " + instead));
  }

  private static List<String> swarms(Fields fields, String name, int least, Problems problems) {
    List<Node> items = fields.items(name);
    Set<String> ids = new HashSet<>();
    List<String> swarms = new ArrayList<>();
    for (Node item : items) {
      String id = item instanceof ScalarNode scalar ? scalar.getValue() : "";
      if (!Ids.isId(id)) {
        problems.add(Fields.line(item), fields.pathOf(name), "the id of a swarm is expected, not " + Fields.shown(id));
      } else if (!ids.add(id)) {
        problems.add(Fields.line(item), fields.pathOf(name), "swarm " + id + " is given twice");
      } else {
        swarms.add(id);
      }
    }
    if (items.size() < least || items.size() > MOST_SWARMS) {
      problems.add(fields.lineOf(name), fields.pathOf(name), "%d to %d swarms are expected, not %d".formatted(least, MOST_SWARMS, items.size()));
    }
    return swarms;
  }
}
