package io.infrafabric.governor.witness;

import io.infrafabric.kit.config.Default;
import io.infrafabric.kit.config.Doc;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Settings of the witness log. */
public record WitnessSettings(
    @Default("true") @Doc("Keep the witness log, if there is a key to sign it with.") boolean on,
    @Doc("Ed25519 private key in PEM (openssl genpkey -algorithm ed25519), readable by its owner only.") Optional<Path> keyFile,
    @Doc("Verifier keys, one a line, that older checkpoints may be signed by: those before a rotation.") Optional<Path> trustFile,
    @Default("witness") @Doc("Folder of the log, of this instance alone and on a disk that lasts.") Path folder,
    @Default("infrafabric/witness") @Doc("Name of the log and of its key in checkpoints; never changed afterwards.") String origin,
    @Default("100ms") @Doc("How long changes are gathered for one checkpoint.") Duration every,
    @Default("67108864") @Doc("Bytes of changes that wait in memory; with more they are read from etcd again.") long backlogBytes) {

  /** A log that is not kept. */
  public static WitnessSettings off() {
    return new WitnessSettings(false, Optional.empty(), Optional.empty(), Path.of("witness"), "infrafabric/witness", Duration.ofMillis(100), 64L << 20);
  }

  /** A log in a folder, signed with the key of a file. */
  public static WitnessSettings in(Path folder, Path key) {
    return new WitnessSettings(true, Optional.of(key), Optional.empty(), folder, "infrafabric/witness", Duration.ofMillis(100), 64L << 20);
  }
}
