package io.infrafabric.names;

/**
 * The etcd keys. A prefix always ends with a slash and an id never has one, so that the keys of {@code a} are never in the
 * range of {@code ab}.
 *
 * @param root where all keys live, with slashes around, {@code /if/v1/} by default
 */
public record Keys(String root) {
  /** The default root. */
  public static final String DEFAULT_ROOT = "/if/v1/";

  /** Shards of the tasks, so that a rebuild pages over small ranges. */
  public static final int TASK_SHARDS = 256;

  /** Keys under the given root. */
  public Keys {
    if (!root.startsWith("/") || !root.endsWith("/") || root.contains("//") || root.length() < 2) {
      throw new IllegalArgumentException("the key prefix must begin and end with one slash, not \"" + root + "\"");
    }
  }

  /** Keys under the default root. */
  public Keys() {
    this(DEFAULT_ROOT);
  }

  public String tasks() {
    return root + "tasks/";
  }

  /** One of {@link #TASK_SHARDS} ranges of the tasks. */
  public String taskShard(int shard) {
    return tasks() + "%02x/".formatted(shard);
  }

  public String task(TaskId task) {
    return taskShard(task.value().hashCode() & (TASK_SHARDS - 1)) + task.value();
  }

  public String plans() {
    return root + "plans/";
  }

  public String plan(PlanId plan) {
    return plans() + plan.value();
  }

  public String shares() {
    return root + "shares/";
  }

  /** Who took the last ones of equal tasks of a plan. */
  public String shares(PlanId plan) {
    return shares() + plan.value();
  }

  /** Lines of archived tasks. */
  public String archive() {
    return root + "archive/";
  }

  /** What is left of a task that was archived. */
  public String archived(TaskId task) {
    return archive() + task(task).substring(tasks().length());
  }

  /**
   * That an archived task names an object.
   *
   * @param sha256 64 hex digits
   */
  public String objectUse(String sha256, TaskId task) {
    return objectUses(sha256.substring(0, 2)) + sha256 + "/" + task.value();
  }

  /** Of all objects whose digests begin with these two digits. */
  public String objectUses(String firstDigits) {
    return root + "objects/" + firstDigits + "/";
  }

  /** The object that such a key is about. */
  public static String objectOf(String objectUse) {
    int task = objectUse.lastIndexOf('/');
    return objectUse.substring(objectUse.lastIndexOf('/', task - 1) + 1, task);
  }

  public String sessions() {
    return root + "sessions/";
  }

  public String session(SwarmId swarm) {
    return sessions() + swarm.value();
  }

  public String notes() {
    return root + "notes/";
  }

  /** What a swarm says of itself. */
  public String note(SwarmId swarm) {
    return notes() + swarm.value();
  }

  public String commitments() {
    return root + "commitments/";
  }

  public String commitments(SwarmId swarm) {
    return commitments() + swarm.value();
  }

  public String standings() {
    return root + "standing/";
  }

  public String standing(SwarmId swarm) {
    return standings() + swarm.value();
  }

  public String swarms() {
    return root + "swarms/";
  }

  public String swarm(SwarmId swarm) {
    return swarms() + swarm.value();
  }

  /** The newest manifests of all swarms. */
  public String manifests() {
    return root + "manifests/";
  }

  /** Where one version of a manifest is kept, until a later one takes its place. */
  public String manifest(SwarmId swarm, int version) {
    return manifests() + swarm.value() + "/" + manifestSlot(version);
  }

  /** The last token of the key of a version. */
  public static String manifestSlot(int version) {
    return "%02d".formatted(Integer.remainderUnsigned(version, Limits.MANIFEST_VERSIONS_KEPT));
  }

  public String accounts() {
    return root + "accounts/";
  }

  public String account(SwarmId swarm) {
    return accounts() + swarm.value();
  }

  /** What was booked to the swarms, by day. */
  public String spend() {
    return root + "spend/";
  }

  /** What was booked to one swarm. */
  public String spend(SwarmId swarm) {
    return spend() + swarm.value() + "/";
  }

  /**
   * What was booked to a swarm in one slot.
   *
   * @param slot a day as 20261130, or before
   */
  public String spend(SwarmId swarm, String slot) {
    return spend(swarm) + Ids.require("slot", slot);
  }

  /** The calls on accounts that are remembered. */
  public String ledger() {
    return root + "ledger/";
  }

  /**
   * A call on an account.
   *
   * @throws io.infrafabric.error.RefusedException INVALID_ID when the account's id is none
   */
  public String ledger(SwarmId account, String requestId) {
    if (!Ids.isRequestId(requestId)) {
      throw new IllegalArgumentException("not a request id: " + requestId);
    }
    return ledger() + account.value() + "/" + requestId;
  }

  public String breakers() {
    return root + "breakers/";
  }

  public String breaker(SwarmId swarm) {
    return breakers() + swarm.value();
  }

  /** The policy in force, its shadow, and the revisions that are kept. */
  public String policies() {
    return root + "policy/";
  }

  /** The policy in force; absent while none was ever applied. */
  public String policyInForce() {
    return policies() + "current";
  }

  /** The policy that is evaluated beside the one in force. */
  public String policyShadow() {
    return policies() + "shadow";
  }

  /** A revision as it was applied. */
  public String policy(long revision) {
    return policies() + revision;
  }

  public String contracts() {
    return root + "contracts/";
  }

  public String contract(SwarmId swarm) {
    return contracts() + swarm.value();
  }

  public String blockers() {
    return root + "blockers/";
  }

  public String blocker(BlockerId blocker) {
    return blockers() + blocker.value();
  }

  public String escalations() {
    return root + "escalations/";
  }

  public String escalation(EscalationId escalation) {
    return escalations() + escalation.value();
  }

  /** Copies of values that could not be read. */
  public String quarantine() {
    return root + "quarantine/";
  }

  /** The copy of the value that a key under the root had at a revision. */
  public String quarantined(String key, long revision) {
    return quarantine() + key.substring(root.length()) + "@" + revision;
  }

  /** What was refused last at the doors of a service. */
  public String refusals(String service) {
    return root + "refusals/" + Ids.require("service", service);
  }

  /** How far the relay of a service has published. */
  public String relayCursor(String service) {
    return root + "relay/" + Ids.require("service", service) + "/cursor";
  }

  /** The head of the witness log. */
  public String witnessCheckpoint() {
    return root + "witness/checkpoint";
  }

  /** Who holds an elected role. */
  public String election(String role) {
    return root + "elections/" + Ids.require("role", role);
  }

  /** The last token of a key: the id. */
  public static String idOf(String key) {
    return key.substring(key.lastIndexOf('/') + 1);
  }
}
