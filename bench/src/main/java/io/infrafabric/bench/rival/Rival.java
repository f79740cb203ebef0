package io.infrafabric.bench.rival;

/** A queue of jobs, ours or one of those that people would pick instead, with a server of its own that runs. */
interface Rival extends AutoCloseable {
  /** What it is called in the figures. */
  String name();

  /** Versions of everything that takes part. */
  String versions();

  /** What is on disk, synced, when a submit, a claim and a completion are answered. */
  String durable();

  /** Nanoseconds from the first submit to the last acknowledged completion. */
  long round(Load load) throws Exception;

  @Override
  void close() throws Exception;

  /**
   * One round. Submits and work go on at the same time.
   *
   * @param workers jobs under way at once
   * @param jobs of 256 bytes
   * @param batch jobs in one submit
   * @param producers submits under way at once
   */
  record Load(int workers, int jobs, int batch, int producers) {
    String json() {
      return "{\"workers\":%d,\"jobs\":%d,\"batch\":%d,\"producers\":%d}".formatted(workers, jobs, batch, producers);
    }
  }
}
