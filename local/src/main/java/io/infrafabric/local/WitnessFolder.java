package io.infrafabric.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * The witness logs of a run and the key that signs them, made with the run and readable by its
 * owner only.
 */
record WitnessFolder(Path path) {
  /** Returns the settings of a governor; makes the key if there is none. */
  Map<String, String> settings(String instance) {
    return Map.of(
        "IF_WITNESS_KEY_FILE", key().toString(),
        "IF_WITNESS_FOLDER", path.resolve(instance).toString());
  }

  private Path key() {
    Path file = path.resolve("key.pem");
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(path);
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, pem());
      }
      return file;
    } catch (IOException e) {
      throw new LocalRunException("cannot make a key for the witness log in " + path, e);
    }
  }

  private static String pem() {
    try {
      byte[] key =
          KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
      return "-----BEGIN PRIVATE KEY-----\n"
          + Base64.getEncoder().encodeToString(key)
          + "\n-----END PRIVATE KEY-----\n";
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
