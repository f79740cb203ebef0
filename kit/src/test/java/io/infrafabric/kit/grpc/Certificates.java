package io.infrafabric.kit.grpc;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/** Certificates for this machine that vouch for themselves, as PEM files, made by the JDK's keytool. */
record Certificates(Path folder, String name) {
  private static final String PASSWORD = "for-a-test";

  /** Makes one, with a new key. */
  static Certificates make(Path folder, String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair", "-alias", name, "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=" + name,
                "-ext", "san=ip:127.0.0.1,dns:localhost", "-keystore", store.toString(), "-storepass", PASSWORD, "-storetype", "PKCS12")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(said);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Certificates made = new Certificates(folder, name);
    Files.writeString(made.cert(), pem("CERTIFICATE", keys.getCertificate(name).getEncoded()));
    Files.writeString(made.key(), pem("PRIVATE KEY", keys.getKey(name, PASSWORD.toCharArray()).getEncoded()));
    return made;
  }

  Path cert() {
    return folder.resolve(name + ".crt");
  }

  Path key() {
    return folder.resolve(name + ".key");
  }

  private static String pem(String what, byte[] content) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), what);
  }
}
