package io.infrafabric.governor.registry;

import io.infrafabric.error.Refusal;
import io.infrafabric.governor.input.Findings;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.names.Limits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What a manifest must be, and what of it is ignored. */
final class ManifestRules {
  /** Claims at once when the manifest names no number. */
  static final int DEFAULT_CONCURRENT_CLAIMS = 3;

  private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9._:-]{0,63}");

  private ManifestRules() {}

  /** Every invalid field at once, or nothing. */
  static Optional<Refusal> validate(RegisterSwarmRequest request) {
    Manifest manifest = request.getManifest();
    Findings findings = new Findings("the manifest of swarm \"%s\" is not registered".formatted(shown(manifest.getSwarmId())));
    findings.requestId(request.getRequestId());
    findings.id("manifest.swarm_id", manifest.getSwarmId());
    capabilities(findings, manifest.getCapabilitiesList());
    findings.require(
        MODEL.matcher(manifest.getModel()).matches(),
        "manifest.model",
        "a model is at most 63 letters, digits, dots, colons, underscores and hyphens");
    findings.money("manifest.cost_per_hour_micros", manifest.getCostPerHourMicros());
    findings.require(
        Integer.compareUnsigned(manifest.getMaxConcurrent(), Limits.CONCURRENT_CLAIMS) <= 0,
        "manifest.max_concurrent",
        "0 to %d claims at once".formatted(Limits.CONCURRENT_CLAIMS));
    findings.atMost("manifest.description", manifest.getDescription(), Limits.TEXT_CHARACTERS);
    labels(findings, manifest.getLabelsMap());
    return findings.refusal();
  }

  /** The manifest as it is kept: each capability once, the default for claims at once, no reputation. */
  static Manifest normalize(Manifest manifest) {
    return manifest.toBuilder()
        .clearCapabilities()
        .addAllCapabilities(new LinkedHashSet<>(manifest.getCapabilitiesList()))
        .setMaxConcurrent(manifest.getMaxConcurrent() == 0 ? DEFAULT_CONCURRENT_CLAIMS : manifest.getMaxConcurrent())
        .clearReputation()
        .build();
  }

  /** What {@link #normalize} left out, in words. */
  static List<String> notes(Manifest manifest) {
    List<String> notes = new ArrayList<>();
    if (!manifest.getReputation().isEmpty()) {
      notes.add("reputation is ignored: it is measured, and a new swarm starts at 0.700");
    }
    int doubled = manifest.getCapabilitiesCount() - new LinkedHashSet<>(manifest.getCapabilitiesList()).size();
    if (doubled > 0) {
      notes.add("%d repeated capabilities are counted once".formatted(doubled));
    }
    return notes;
  }

  private static void capabilities(Findings findings, List<String> capabilities) {
    findings.require(
        !capabilities.isEmpty() && capabilities.size() <= Limits.CAPABILITIES,
        "manifest.capabilities",
        "1 to %d capabilities, not %d".formatted(Limits.CAPABILITIES, capabilities.size()));
    for (int i = 0; i < Math.min(capabilities.size(), Limits.CAPABILITIES); i++) {
      findings.capability("manifest.capabilities[" + i + "]", capabilities.get(i));
    }
  }

  private static void labels(Findings findings, Map<String, String> labels) {
    boolean fits =
        labels.size() <= Limits.LABELS
            && labels.keySet().stream().allMatch(key -> !key.isEmpty() && key.length() <= Limits.LABEL_KEY_CHARACTERS)
            && labels.values().stream().allMatch(value -> value.length() <= Limits.LABEL_VALUE_CHARACTERS);
    findings.require(
        fits,
        "manifest.labels",
        "at most %d labels with keys of 1 to %d and values of up to %d characters"
            .formatted(Limits.LABELS, Limits.LABEL_KEY_CHARACTERS, Limits.LABEL_VALUE_CHARACTERS));
  }

  private static String shown(String text) {
    String printable = text.replaceAll("[^ -~]", "?");
    return printable.length() > 80 ? printable.substring(0, 80) + "..." : printable;
  }
}
