package io.infrafabric.testkit.chaos;

/** What is done to a fabric: each kind once, and then by its weight; which when follows from the seed. */
enum Fault {
  KILL_COORDINATOR(3),
  PAUSE_COORDINATOR(3),
  KILL_GOVERNOR(1),
  KILL_ETCD(2),
  PAUSE_ETCD(2),
  KILL_NATS(1),
  PAUSE_NATS(1),
  /** What is asked of etcd is done, and the answers are lost. */
  DEAF_ETCD(4),
  CUT_ETCD(1),
  LATE_ETCD(1),
  CUT_NATS(1),
  /** A thousand swarms open a session, claim a task each, and fall silent. */
  EXPIRE_SESSIONS(0);

  final int weight;

  Fault(int weight) {
    this.weight = weight;
  }
}
