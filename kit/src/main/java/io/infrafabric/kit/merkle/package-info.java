/**
 * An append-only log that anybody can check: RFC 6962 tree hashes and proofs, signed checkpoints (C2SP tlog-checkpoint and
 * signed-note, Ed25519), and its entries and tiles (C2SP tlog-tiles) in a folder. No domain word in it.
 */
package io.infrafabric.kit.merkle;
