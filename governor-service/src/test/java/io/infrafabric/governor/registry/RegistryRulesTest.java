package io.infrafabric.governor.registry;

import static io.infrafabric.governor.books.BooksFixture.NOW;
import static io.infrafabric.governor.books.BooksFixture.written;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.common.v1.SkillLevel;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.books.Books;
import io.infrafabric.governor.books.BooksFixture;
import io.infrafabric.governor.books.RequestLog;
import io.infrafabric.governor.books.Ruling;
import io.infrafabric.governor.registry.ManifestTrust.Verdict.Trusted;
import io.infrafabric.governor.v1.BreakerState;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.governor.v1.ManifestSignature;
import io.infrafabric.governor.v1.RegisterSwarmRequest;
import io.infrafabric.governor.v1.UnregisterSwarmRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryRulesTest {
  private static final Trusted UNCHECKED = new Trusted("", false, List.of());
  private static final Trusted UNSIGNED = new Trusted("", true, List.of());

  @Test
  void first_startsNeutralWithoutMoneyAndClosed() {
    Books books = written(register(Optional.empty(), "r1", manifest()));
    assertThat(books.standing().getReputationMillis()).isEqualTo(700);
    assertThat(books.standing().getCreditMicros()).isZero();
    assertThat(books.standing().getMaxConcurrent()).isEqualTo(3);
    assertThat(books.standing().getPolicyRevision()).isEqualTo(1);
    assertThat(books.standing().getBreaker()).isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
    assertThat(books.registration().getVersion()).isEqualTo(1);
    assertThat(books.account().getAccountId()).isEqualTo("s1");
  }

  @Test
  void aClaimedReputation_isIgnoredAndSaidSo() {
    Ruling<RegistryRules.Registered> ruling =
        register(Optional.empty(), "r1", manifest().toBuilder().setReputation("1.0").build());
    assertThat(written(ruling).standing().getReputationMillis()).isEqualTo(700);
    assertThat(((Ruling.Write<RegistryRules.Registered>) ruling).answer().notes())
        .singleElement()
        .asString()
        .contains("reputation is ignored");
  }

  @Test
  void again_neverTouchesMoneyBreakerFailuresOrReputation() {
    Books first = written(register(Optional.empty(), "r1", manifest()));
    Books worn =
        first
            .with(first.account().toBuilder().setGrantedMicros(50).setSettledMicros(20).build())
            .with(first.breaker().toBuilder().setState(BreakerState.BREAKER_STATE_OPEN).build());
    Books known = worn.with(worn.standing().toBuilder().setConsecutiveFailures(2).setReputationMillis(910).build());
    Books next =
        written(register(Optional.of(known), "r2", manifest().toBuilder().clearCapabilities().addCapabilities("code:rust").build()));
    assertThat(next.standing())
        .isEqualTo(known.standing().toBuilder().clearCapabilities().addCapabilities("code:rust").build());
    assertThat(next.account()).isEqualTo(known.account());
    assertThat(next.breaker()).isEqualTo(known.breaker());
    assertThat(next.registration().getVersion()).isEqualTo(2);
  }

  @Test
  void unregistering_keepsMoneyBreakerFailuresAndReputation_andRegisteringAgainFindsThem() {
    Books known = BooksFixture.granted(50).with(BooksFixture.granted(50).standing().toBuilder().setConsecutiveFailures(2).setReputationMillis(910).setCreditMicros(50).build());
    Books out = written(unregister(known, "u1"));
    assertThat(out.standing()).isEqualTo(known.standing().toBuilder().setUnregistered(true).build());
    assertThat(out.account().toBuilder().clearGrants().build()).isEqualTo(known.account());
    assertThat(out.breaker()).isEqualTo(known.breaker());
    assertThat(out.registration().getUnregistration().getPrincipal()).isEqualTo("ada");
    Books back = written(register(Optional.of(out), "r2", known.registration().getManifest()));
    assertThat(back.standing()).isEqualTo(known.standing());
    assertThat(back.account()).isEqualTo(out.account());
    assertThat(back.registration().hasUnregistration()).isFalse();
  }

  @Test
  void unregistering_isDoneOnce_alsoWhenItIsTriedAfterTheSwarmIsBack() {
    Books out = written(unregister(BooksFixture.granted(50), "u1"));
    assertThat(unregister(out, "u1")).isInstanceOf(Ruling.Keep.class);
    assertThat(unregister(out, "u2")).as("it is out already").isInstanceOf(Ruling.Keep.class);
    Books back = written(register(Optional.of(out), "r2", out.registration().getManifest()));
    assertThat(unregister(back, "u1")).as("a late try").isInstanceOf(Ruling.Keep.class);
    assertThat(written(unregister(back, "u3")).standing().getUnregistered()).isTrue();
  }

  @Test
  void lateTryOfARegistration_doesNotBringASwarmBack() {
    Books out = written(unregister(BooksFixture.granted(50), "u1"));
    Ruling<?> late = register(Optional.of(out), "r-0", out.registration().getManifest());
    assertThat(((Ruling.Refuse<?>) late).refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  @Test
  void unregistering_underTheRequestIdOfAGrant_isRefused() {
    Books books = BooksFixture.granted(50);
    Books granted = books.with(RequestLog.append(books.account(), "g1", 5, NOW));
    assertThat(((Ruling.Refuse<?>) unregister(granted, "g1")).refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  @Test
  void unregistering_wantsAPersonAndAReason() {
    Refusal refusal = RegistryRules.validate(UnregisterSwarmRequest.newBuilder().setSwarmId("S 1").build()).orElseThrow();
    assertThat(refusal.fields()).extracting(Refusal.Field::path).containsExactly("request_id", "swarm_id", "principal", "reason");
  }

  @Test
  void theSameRequest_isDoneOnce() {
    Books first = written(register(Optional.empty(), "r1", manifest()));
    assertThat(register(Optional.of(first), "r1", manifest())).isInstanceOf(Ruling.Keep.class);
    Ruling<?> other = register(Optional.of(first), "r1", manifest().toBuilder().setModel("opus").build());
    assertThat(((Ruling.Refuse<?>) other).refusal().code()).isEqualTo(ErrorCode.ERROR_CODE_REQUEST_ID_REUSED);
  }

  @Test
  void repeatedCapabilities_areKeptOnce() {
    Books books = written(register(Optional.empty(), "r1", manifest().toBuilder().addCapabilities("code:java").build()));
    assertThat(books.standing().getCapabilitiesList()).containsExactly("code:java", "docs:write");
  }

  @Test
  void theSameManifest_isNoNewVersion_whateverRequestBringsIt() {
    Books first = written(register(Optional.empty(), "r1", manifest()));
    Ruling<RegistryRules.Registered> again = register(Optional.of(first), "r2", manifest().toBuilder().setReputation("1.0").build());
    assertThat(again).isInstanceOf(Ruling.Keep.class);
    assertThat(((Ruling.Keep<RegistryRules.Registered>) again).answer().unchanged()).isTrue();
    assertThat(((Ruling.Keep<RegistryRules.Registered>) again).answer().created()).isFalse();
    Books out = written(unregister(first, "u1"));
    assertThat(written(register(Optional.of(out), "r3", manifest())).standing().getUnregistered()).as("one that was out comes back").isFalse();
  }

  @Test
  void smallerNumberOfAManifest_neverReplacesALarger_norAnotherTheSame() {
    Manifest third = manifest().toBuilder().setManifestVersion(3).build();
    Books known = written(register(Optional.empty(), "r1", third));
    assertThat(refused(register(Optional.of(known), "r2", manifest()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_OUTDATED);
    assertThat(refused(register(Optional.of(known), "r2", third.toBuilder().setManifestVersion(2).build()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_OUTDATED);
    assertThat(refused(register(Optional.of(known), "r2", third.toBuilder().setModel("opus").build()))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_OUTDATED);
    Books next = written(register(Optional.of(known), "r2", third.toBuilder().setManifestVersion(4).setModel("opus").build()));
    assertThat(next.registration().getVersion()).isEqualTo(2);
    assertThat(next.registration().getManifest().getManifestVersion()).isEqualTo(4);
  }

  @Test
  void manifestThatIsSignedAnew_replacesItselfUnderTheSameNumber() {
    Manifest one = manifest().toBuilder().setManifestVersion(3).setSignature(ManifestSignature.newBuilder().setKeyId("k1")).build();
    Books known = written(register(Optional.empty(), "r1", one, new Trusted("k1", true, List.of())));
    Manifest other = one.toBuilder().setSignature(ManifestSignature.newBuilder().setKeyId("k2")).build();
    assertThat(written(register(Optional.of(known), "r2", other, new Trusted("k2", true, List.of()))).registration().getSignedBy()).isEqualTo("k2");
  }

  @Test
  void unsignedManifest_neverReplacesASignedOne_whereSignaturesMatter() {
    Manifest signed = manifest().toBuilder().setManifestVersion(1).setSignature(ManifestSignature.newBuilder().setKeyId("k1")).build();
    Books known = written(register(Optional.empty(), "r1", signed, new Trusted("k1", true, List.of())));
    Manifest unsigned = manifest().toBuilder().setManifestVersion(2).build();
    assertThat(refused(register(Optional.of(known), "r2", unsigned, UNSIGNED))).isEqualTo(ErrorCode.ERROR_CODE_MANIFEST_UNSIGNED);
    assertThat(written(register(Optional.of(known), "r2", unsigned, UNCHECKED)).registration().getSignedBy()).isEmpty();
  }

  @Test
  void manifestWhoseSignatureIsLookedAtLater_isNotedAsSigned() {
    Manifest signed = manifest().toBuilder().setManifestVersion(1).setSignature(ManifestSignature.newBuilder().setKeyId("k1")).build();
    Books known = written(register(Optional.empty(), "r1", signed, UNCHECKED));
    Books next = written(register(Optional.of(known), "r2", signed, new Trusted("k1", true, List.of())));
    assertThat(next.registration().getSignedBy()).isEqualTo("k1");
  }

  private static ErrorCode refused(Ruling<?> ruling) {
    return ((Ruling.Refuse<?>) ruling).refusal().code();
  }

  @Test
  void skills_areBelievedAsFarAsEndedClaimsAllow() {
    Manifest expert = manifest().toBuilder().putSkills("code:java", SkillLevel.SKILL_LEVEL_EXPERT).build();
    Books first = written(register(Optional.empty(), "r1", expert));
    assertThat(first.standing().getSkillsMap()).containsExactly(entry("code:java", SkillLevel.SKILL_LEVEL_EXPERT));
    Books worked = first.with(first.account().toBuilder().setClaimsCompleted(8).setClaimsFailed(2).build());
    Books next = written(register(Optional.of(worked), "r2", expert.toBuilder().setModel("opus").build()));
    assertThat(next.standing().getSkillsMap())
        .isEqualTo(Map.of("code:java", SkillLevel.SKILL_LEVEL_INTERMEDIATE, "docs:write", SkillLevel.SKILL_LEVEL_INTERMEDIATE));
  }

  @Test
  void validate_namesEveryInvalidFieldOfTheRequest_underTheManifest() {
    Manifest bad = manifest().toBuilder().setSwarmId("A").addCapabilities("java").setModel("hiaku").setCostPerHourMicros(-1).build();
    Refusal refusal = RegistryRules.validate(request("r 1", bad), PriceList.defaults()).orElseThrow();
    assertThat(refusal.code()).isEqualTo(ErrorCode.ERROR_CODE_INVALID_ARGUMENT);
    assertThat(refusal.fields())
        .extracting(Refusal.Field::path)
        .containsExactly("request_id", "manifest.swarm_id", "manifest.capabilities[2]", "manifest.cost_per_hour_micros", "manifest.model");
    assertThat(refusal.message()).contains("swarm \"A\"").contains("did you mean haiku?");
  }

  @Test
  void validate_findsNothingWrongWithAGoodOne() {
    assertThat(RegistryRules.validate(request("r1", manifest()), PriceList.defaults())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"haiku, true", "sonnet, true", "opus, true", "wasm, true", "'', true", "gpt-9, false", "Haiku, false"})
  void models_areThoseOfThePriceList(String model, boolean good) {
    assertThat(RegistryRules.validate(request("r1", manifest().toBuilder().setModel(model).build()), PriceList.defaults()).isEmpty()).isEqualTo(good);
    assertThat(RegistryRules.validate(request("r1", manifest().toBuilder().setModel("gpt-9").build()), PriceList.parse(List.of("gpt-9=0.5")))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"haiku", "haiku=", "=2", "haiku=-1", "haiku=1.0000001", "haiku=1e3", "a b=1"})
  void malformedPrices_areRefusedAtStart(String line) {
    assertThatThrownBy(() -> settings(line)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings("haiku=1", "haiku=2")).isInstanceOf(IllegalArgumentException.class);
  }

  private static ManifestSettings settings(String... prices) {
    return new ManifestSettings(SignatureMode.OFF, Optional.empty(), List.of(prices));
  }

  @Test
  void signaturesThatMatter_needKeys() {
    assertThatThrownBy(() -> new ManifestSettings(SignatureMode.VERIFY, Optional.empty(), List.of())).hasMessageContaining("manifest-keys");
  }

  @Test
  void prices_areExact() {
    assertThat(PriceList.parse(List.of("haiku=1.5", "opus=75", "free=0", "fine=0.000001")).microsPerHour())
        .isEqualTo(Map.of("haiku", 1_500_000L, "opus", 75_000_000L, "free", 0L, "fine", 1L));
  }

  private static Ruling<RegistryRules.Registered> register(Optional<Books> books, String id, Manifest manifest) {
    return register(books, id, manifest, UNCHECKED);
  }

  private static Ruling<RegistryRules.Registered> register(Optional<Books> books, String id, Manifest manifest, Trusted trusted) {
    return RegistryRules.register(books, request(id, manifest), trusted, NOW);
  }

  private static Ruling<Void> unregister(Books books, String id) {
    UnregisterSwarmRequest request =
        UnregisterSwarmRequest.newBuilder().setRequestId(id).setSwarmId("s1").setPrincipal("ada").setReason("it moved").build();
    return RegistryRules.unregister(books, request, NOW);
  }

  private static RegisterSwarmRequest request(String id, Manifest manifest) {
    return RegisterSwarmRequest.newBuilder().setRequestId(id).setManifest(manifest).build();
  }

  private static Manifest manifest() {
    return Manifest.newBuilder()
        .setSwarmId("s1")
        .addCapabilities("code:java")
        .addCapabilities("docs:write")
        .setCostPerHourMicros(2_000_000)
        .build();
  }
}
