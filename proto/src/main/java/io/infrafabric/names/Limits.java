package io.infrafabric.names;

/** The limits of the wire; each has an error code of its own. */
public final class Limits {
  /** Inline payloads, results and etcd records. */
  public static final int PAYLOAD_BYTES = 64 * 1024;

  /** What a holder notes for whoever goes on with its task. */
  public static final int CHECKPOINT_BYTES = 16 * 1024;

  /** Payloads and results in the object store. */
  public static final long OBJECT_BYTES = 64L << 20;

  /** Tasks in one SubmitTasks. */
  public static final int TASKS_PER_SUBMIT = 1_000;

  /** Tasks of one plan. */
  public static final int TASKS_PER_PLAN = 1_000;

  /** Children that one MapTasks fills a phase with. */
  public static final int CHILDREN_PER_MAPPING = 100_000;

  /** Phases of one plan. */
  public static final int PHASES_PER_PLAN = 256;

  /** Largest amount of money: one billion US dollars. */
  public static final long MONEY_MICROS = 1_000_000_000_000_000L;

  /** Largest number of tokens that an account counts. */
  public static final long TOKENS = 1_000_000_000_000_000L;

  /** Accounts on the way from the top of a tree to its deepest one. */
  public static final int ACCOUNT_DEPTH = 16;

  /** Accounts right beneath one. */
  public static final int ACCOUNT_CHILDREN = 10_000;

  /** Capabilities of a task or swarm. */
  public static final int CAPABILITIES = 64;

  /** Dependencies of a task. */
  public static final int DEPENDENCIES = 256;

  public static final int LABELS = 32;
  public static final int LABEL_KEY_CHARACTERS = 63;
  public static final int LABEL_VALUE_CHARACTERS = 255;

  /** Reasons and notes. */
  public static final int TEXT_CHARACTERS = 1_024;

  /** Claims of one task. */
  public static final int ATTEMPTS = 100;

  /** Claims a swarm may hold at once. */
  public static final int CONCURRENT_CLAIMS = 256;

  /** Claims at once of a swarm whose manifest names no number. */
  public static final int CONCURRENT_CLAIMS_DEFAULT = 3;

  /** Largest number that a manifest counts itself with. */
  public static final int MANIFEST_VERSION = 1_000_000_000;

  /** Versions of a manifest that are kept, the registered one counted. */
  public static final int MANIFEST_VERSIONS_KEPT = 16;

  public static final int PAGE_SIZE_DEFAULT = 100;
  public static final int PAGE_SIZE = 500;

  /** Of tasks that are listed: a page ends with the first that takes it beyond. As JSON it still fits into a message of NATS. */
  public static final int PAGE_BYTES = 256 * 1024;

  private Limits() {}
}
