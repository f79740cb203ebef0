package io.infrafabric.cli.ifctl;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.error.Refusal;
import io.infrafabric.governor.v1.Manifest;
import io.infrafabric.kit.auth.SigningKey;
import io.infrafabric.manifest.SignedText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** What vouches for manifests; needs no fabric, and is best done where none runs. */
final class SwarmSignVerbs {
  private SwarmSignVerbs() {}

  /** What a key makes of its arguments, with its reasons as refusals. */
  private static <T> T said(Supplier<T> work) {
    try {
      return work.get();
    } catch (IllegalArgumentException wrong) {
      throw usage(wrong.getMessage());
    }
  }

  private static RuntimeException usage(String message) {
    return Refusal.of(ErrorCode.ERROR_CODE_INVALID_ARGUMENT, message).asException();
  }

  /** Makes a key. */
  @Command(
      name = "keygen",
      description = {
        "Make a key that vouches for manifests. The private half goes to a new file that its user alone can read; the line that is printed",
        "belongs into the governor's file of keys (manifest-keys):",
        "",
        "  ifctl swarm keygen --id release-1 --for 'session-*' --out release-1.pem >> manifest.keys",
        ""
      })
  static final class Keygen implements Callable<Integer> {
    @ParentCommand private SwarmVerbs swarm;

    @Option(names = "--id", required = true, paramLabel = "KEY", description = "Names the key in signatures; a new one for each key.")
    private String id;

    @Option(
        names = "--for",
        split = ",",
        paramLabel = "SWARM",
        defaultValue = "*",
        description = "For which swarms it may vouch: ids, or beginnings of ids with a star behind; all by default.")
    private List<String> swarms;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "Where the private key goes.")
    private Path file;

    @Override
    public Integer call() {
      String line = id + " " + String.join(",", swarms) + " " + said(() -> SigningKey.generate(id, file));
      JsonObject shown = new JsonObject();
      shown.addProperty("trusted", line);
      swarm.show(out -> out.next(shown, () -> line));
      return 0;
    }
  }

  /** Signs a manifest. */
  @Command(
      name = "sign",
      description = {
        "Sign a manifest and print the signature as it belongs into its file. The manifest counts its versions (manifest_version) and has no",
        "signature yet:",
        "",
        "  ifctl swarm sign session-1.yaml --key release-1.pem >> session-1.yaml",
        ""
      })
  static final class Sign implements Callable<Integer> {
    @ParentCommand private SwarmVerbs swarm;

    @Parameters(paramLabel = "FILE", description = "One manifest in YAML or JSON; - is standard input.")
    private Path file;

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "The private key.")
    private Path key;

    @Override
    public Integer call() {
      Manifest manifest = SwarmVerbs.manifest(file);
      if (manifest.getManifestVersion() == 0) {
        throw usage("%s has no manifest_version: count it, from 1, so that an older one never replaces it".formatted(file));
      }
      if (manifest.hasSignature()) {
        throw usage("%s has a signature: take it out first, what is signed is all but the signature".formatted(file));
      }
      SigningKey signing = said(() -> SigningKey.read(key));
      ByteString seal = ByteString.copyFrom(signing.seal(SignedText.PURPOSE, SignedText.of(manifest).getBytes(StandardCharsets.UTF_8)));
      String text = Base64.getEncoder().encodeToString(seal.toByteArray());
      JsonObject signature = new JsonObject();
      signature.addProperty("key_id", signing.id());
      signature.addProperty("signature", text);
      JsonObject shown = new JsonObject();
      shown.add("signature", signature);
      swarm.show(out -> out.next(shown, () -> "signature:%n  key_id: %s%n  signature: %s".formatted(signing.id(), text)));
      return 0;
    }
  }
}
