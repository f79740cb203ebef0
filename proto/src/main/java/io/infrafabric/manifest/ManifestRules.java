package io.infrafabric.manifest;

import com.google.protobuf.UnknownFieldSet;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.error.Violations;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.TokenPrice;
import io.infrafabric.names.Capability;
import io.infrafabric.names.Ids;
import io.infrafabric.names.Limits;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What a manifest must be, and what of it is ignored. */
public final class ManifestRules {
  /** What the name of a model looks like; none is named by an empty one. */
  public static final String MODEL = "[A-Za-z0-9._:-]{0,63}";

  /** What a bloom pattern looks like; it may be missing. */
  public static final String BLOOM_PATTERN = "[a-z0-9-]{0,40}";

  /** Length of an Ed25519 signature. */
  public static final int SIGNATURE_BYTES = 64;

  private static final Pattern MODELS = Pattern.compile(MODEL);
  private static final Pattern BLOOM_PATTERNS = Pattern.compile(BLOOM_PATTERN);

  private ManifestRules() {}

  /**
   * Notes every invalid field.
   *
   * @param at stands before the names of the fields, such as {@code manifest.}; a field that is noted already is left out
   */
  public static void check(Manifest manifest, String at, Violations wrong) {
    if (!Ids.isId(manifest.getSwarmId()) && !wrong.names(at + "swarm_id")) {
      wrong.add(Ids.invalid(at + "swarm_id", manifest.getSwarmId()));
    }
    capabilities(manifest.getCapabilitiesList(), at, wrong);
    skills(manifest, at, wrong);
    check(
        MODELS.matcher(manifest.getModel()).matches(),
        at + "model",
        "a model is at most 63 letters, digits, dots, colons, underscores and hyphens",
        wrong);
    money(at + "cost_per_hour_micros", manifest.getCostPerHourMicros(), wrong);
    TokenPrice tokens = manifest.getTokenPrice();
    money(at + "token_price.input_per_million_micros", tokens.getInputPerMillionMicros(), wrong);
    money(at + "token_price.output_per_million_micros", tokens.getOutputPerMillionMicros(), wrong);
    check(
        Integer.compareUnsigned(manifest.getMaxConcurrent(), Limits.CONCURRENT_CLAIMS) <= 0,
        at + "max_concurrent",
        "0 to %d claims at once".formatted(Limits.CONCURRENT_CLAIMS),
        wrong);
    check(
        manifest.getDescription().length() <= Limits.TEXT_CHARACTERS,
        at + "description",
        "at most %d characters, not %d".formatted(Limits.TEXT_CHARACTERS, manifest.getDescription().length()),
        wrong);
    labels(manifest.getLabelsMap(), at, wrong);
    if (!manifest.getAccountId().isEmpty() && !Ids.isId(manifest.getAccountId()) && !wrong.names(at + "account_id")) {
      wrong.add(Ids.invalid(at + "account_id", manifest.getAccountId()));
    }
    check(BLOOM_PATTERNS.matcher(manifest.getBloomPattern()).matches(), at + "bloom_pattern", "1 to 40 lower-case letters, digits and hyphens", wrong);
    signature(manifest, at, wrong);
  }

  /** The manifest as it is kept and signed: each capability once, the default for claims at once, no reputation, nothing unknown. */
  public static Manifest normalize(Manifest manifest) {
    return manifest.toBuilder()
        .clearCapabilities()
        .addAllCapabilities(new LinkedHashSet<>(manifest.getCapabilitiesList()))
        .setMaxConcurrent(manifest.getMaxConcurrent() == 0 ? Limits.CONCURRENT_CLAIMS_DEFAULT : manifest.getMaxConcurrent())
        .clearReputation()
        .setUnknownFields(UnknownFieldSet.getDefaultInstance())
        .build();
  }

  /** What {@link #normalize} left out, in words. */
  public static List<String> notes(Manifest manifest) {
    List<String> notes = new ArrayList<>();
    if (!manifest.getReputation().isEmpty()) {
      notes.add("reputation is ignored: it is measured, and a new swarm starts at 0.700");
    }
    int doubled = manifest.getCapabilitiesCount() - new LinkedHashSet<>(manifest.getCapabilitiesList()).size();
    if (doubled > 0) {
      notes.add("%d repeated capabilities are counted once".formatted(doubled));
    }
    if (!manifest.getUnknownFields().asMap().isEmpty()) {
      notes.add("fields that this version does not know are ignored");
    }
    return notes;
  }

  private static void capabilities(List<String> capabilities, String at, Violations wrong) {
    check(
        !capabilities.isEmpty() && capabilities.size() <= Limits.CAPABILITIES,
        at + "capabilities",
        "1 to %d capabilities, not %d".formatted(Limits.CAPABILITIES, capabilities.size()),
        wrong);
    for (int i = 0; i < Math.min(capabilities.size(), Limits.CAPABILITIES); i++) {
      String path = at + "capabilities[" + i + "]";
      if (!Capability.isCapability(capabilities.get(i)) && !wrong.names(path)) {
        wrong.add(Capability.invalid(path, capabilities.get(i)));
      }
    }
  }

  private static void skills(Manifest manifest, String at, Violations wrong) {
    // In order, so that the same manifest is always refused with the same words.
    new TreeMap<>(manifest.getSkillsMap())
        .forEach(
            (capability, level) -> {
              String path = at + "skills[" + shown(capability) + "]";
              check(manifest.getCapabilitiesList().contains(capability), path, "the skill is in none of its capabilities", wrong);
              check(
                  level != SkillLevel.SKILL_LEVEL_UNSPECIFIED && level != SkillLevel.UNRECOGNIZED,
                  path,
                  "a level is one of NOVICE, INTERMEDIATE, ADVANCED, EXPERT",
                  wrong);
            });
  }

  private static void labels(Map<String, String> labels, String at, Violations wrong) {
    boolean fits =
        labels.size() <= Limits.LABELS
            && labels.keySet().stream().allMatch(key -> !key.isEmpty() && key.length() <= Limits.LABEL_KEY_CHARACTERS)
            && labels.values().stream().allMatch(value -> value.length() <= Limits.LABEL_VALUE_CHARACTERS);
    check(
        fits,
        at + "labels",
        "at most %d labels with keys of 1 to %d and values of up to %d characters"
            .formatted(Limits.LABELS, Limits.LABEL_KEY_CHARACTERS, Limits.LABEL_VALUE_CHARACTERS),
        wrong);
  }

  private static void signature(Manifest manifest, String at, Violations wrong) {
    check(
        Integer.compareUnsigned(manifest.getManifestVersion(), Limits.MANIFEST_VERSION) <= 0,
        at + "manifest_version",
        "0 to %d".formatted(Limits.MANIFEST_VERSION),
        wrong);
    if (!manifest.hasSignature()) {
      return;
    }
    check(manifest.getManifestVersion() != 0, at + "manifest_version", "a signed manifest counts its versions, from 1", wrong);
    if (!Ids.isId(manifest.getSignature().getKeyId()) && !wrong.names(at + "signature.key_id")) {
      wrong.add(Ids.invalid(at + "signature.key_id", manifest.getSignature().getKeyId()));
    }
    check(
        manifest.getSignature().getSignature().size() == SIGNATURE_BYTES,
        at + "signature.signature",
        "an Ed25519 signature has %d bytes, not %d".formatted(SIGNATURE_BYTES, manifest.getSignature().getSignature().size()),
        wrong);
  }

  private static void money(String path, long micros, Violations wrong) {
    if (!wrong.names(path)) {
      wrong.check(
          micros >= 0 && micros <= Limits.MONEY_MICROS,
          ErrorCode.ERROR_CODE_INVALID_MONEY,
          path,
          "an amount is 0 to %d micro-dollars, not %d".formatted(Limits.MONEY_MICROS, micros));
    }
  }

  private static void check(boolean holds, String path, String description, Violations wrong) {
    if (!holds && !wrong.names(path)) {
      wrong.add(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, path, description);
    }
  }

  /** A text of the caller's as it may stand in a message. */
  public static String shown(String text) {
    String printable = text.replaceAll("[^ -~]", "?");
    return printable.length() > 80 ? printable.substring(0, 80) + "..." : printable;
  }
}
