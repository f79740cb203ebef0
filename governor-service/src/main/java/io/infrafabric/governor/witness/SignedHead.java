package io.infrafabric.governor.witness;

import io.infrafabric.kit.merkle.Checkpoint;
import io.infrafabric.kit.merkle.SignedNote;
import java.time.Instant;

/**
 * What the log has come to, as etcd has it.
 *
 * @param revision of etcd up to which every change has its entry
 * @param at when it was signed
 */
record SignedHead(SignedNote note, Checkpoint checkpoint, long revision, Instant at) {}
