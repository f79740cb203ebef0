package io.infrafabric.cli.manifest;

import io.infrafabric.cli.fabric.Document;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.error.RefusedException;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.manifest.ManifestRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads manifests out of texts in YAML or JSON. A text holds one manifest, several parted by {@code ---}, a list of them, or the
 * {@code swarm_profiles} of a policy file of the predecessor, by swarm. All that is wrong with all of them is collected.
 */
public final class ManifestDocuments {
  private static final String PROFILES = "swarm_profiles";
  private static final Set<String> COST = Set.of("cost_per_hour", "cost_per_hour_micros", "costPerHour", "costPerHourMicros");

  private final List<WrittenManifest> manifests = new ArrayList<>();
  private final List<Refusal> problems = new ArrayList<>();
  private final Map<String, String> sources = new HashMap<>();

  /** Those that were read, also of texts that have others with problems. */
  public List<WrittenManifest> manifests() {
    return List.copyOf(manifests);
  }

  /** What is wrong, one for each text or manifest, each with every field. */
  public List<Refusal> problems() {
    return List.copyOf(problems);
  }

  /**
   * Reads a text.
   *
   * @param name how problems call it
   */
  public ManifestDocuments add(String name, String text) {
    List<Object> documents;
    try {
      documents = Document.documents(name, text);
    } catch (RefusedException unreadable) {
      problems.add(unreadable.refusal());
      return this;
    }
    for (int i = 0; i < documents.size(); i++) {
      any(documents.size() == 1 ? name : name + "#" + (i + 1), documents.get(i));
    }
    if (documents.isEmpty()) {
      any(name, null);
    }
    return this;
  }

  private void any(String source, Object document) {
    if (document instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        any(source + "[" + i + "]", list.get(i));
      }
    } else if (document instanceof Map<?, ?> map && map.get(PROFILES) instanceof Map<?, ?> profiles) {
      profiles(source, map, profiles);
    } else if (document instanceof Map<?, ?> map) {
      one(source, map, List.of());
    } else {
      problems.add(Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, source + " holds no manifest: keys and values are expected"));
    }
  }

  private void profiles(String source, Map<?, ?> document, Map<?, ?> profiles) {
    for (Object key : document.keySet()) {
      if (!key.equals(PROFILES) && !key.equals("resource_policy")) {
        problems.add(Refusal.of(ErrorCode.ERROR_CODE_UNKNOWN_FIELD, "%s: %s: no such key beside %s".formatted(source, key, PROFILES)));
      }
    }
    profiles.forEach(
        (swarm, profile) -> {
          String at = source + ":" + swarm;
          if (profile instanceof Map<?, ?> fields) {
            profile(at, String.valueOf(swarm), fields);
          } else {
            problems.add(Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, at + " is no profile: keys and values are expected"));
          }
        });
  }

  /** Money is granted, not registered. */
  private void profile(String source, String swarm, Map<?, ?> fields) {
    Map<Object, Object> manifest = new LinkedHashMap<>();
    manifest.put("swarm_id", swarm);
    fields.forEach(manifest::putIfAbsent);
    Object budget = manifest.remove("budget");
    one(source, manifest, budget == null ? List.of() : List.of("budget is no part of a manifest: ifctl account grant %s %s".formatted(swarm, budget)));
  }

  private void one(String source, Map<?, ?> document, List<String> notes) {
    Violations wrong = new Violations();
    Manifest.Builder read = Manifest.newBuilder();
    Document.read(document, read, "", wrong);
    if (document.keySet().stream().noneMatch(key -> COST.contains(String.valueOf(key)))) {
      wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "cost_per_hour_micros", "what an hour costs is needed: micro-dollars, or dollars as cost_per_hour; 0 for nothing");
    }
    Manifest manifest = read.build();
    ManifestRules.check(manifest, "", wrong);
    String other = sources.putIfAbsent(manifest.getSwarmId(), source);
    if (other != null && !manifest.getSwarmId().isEmpty()) {
      wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, "swarm_id", "swarm %s stands in %s already".formatted(ManifestRules.shown(manifest.getSwarmId()), other));
    }
    wrong.refusal(source).ifPresentOrElse(problems::add, () -> manifests.add(new WrittenManifest(source, manifest, notes)));
  }
}
