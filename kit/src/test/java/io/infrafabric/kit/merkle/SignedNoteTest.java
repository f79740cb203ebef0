package io.infrafabric.kit.merkle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignedNoteTest {
  /** RFC 8032, section 7.1, test 1. */
  private static final String SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

  private static final String PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  private static final String EMPTY_SIGNED =
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

  @TempDir Path folder;

  static String pem(String seedHex) {
    byte[] der = HexFormat.of().parseHex("302e020100300506032b657004220420" + seedHex);
    return "-----BEGIN PRIVATE KEY-----\n" + Base64.getEncoder().encodeToString(der) + "\n-----END PRIVATE KEY-----\n";
  }

  @Test
  void keys_areThoseOfTheReference() {
    SigningKey key = SigningKey.parse("log", pem(SEED));

    assertThat(HexFormat.of().formatHex(key.verifier().publicKey())).isEqualTo(PUBLIC);
    assertThat(HexFormat.of().formatHex(key.sign(new byte[0]))).isEqualTo(EMPTY_SIGNED);
  }

  /** The example of golang.org/x/mod/sumdb/note, which C2SP signed-note describes. */
  @Test
  void noteOfAnotherProgram_isUnderstood() {
    VerifierKey key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    String text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    String signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    SignedNote note = SignedNote.parse(text + "\n\u2014 PeterNeumann " + signature + "\n");

    assertThat(note.text()).isEqualTo(text);
    assertThat(note.signer(List.of(key))).contains(key);
    assertThat(key.toString()).startsWith("PeterNeumann+c74f20a3+");
  }

  @Test
  void note_isReadAsItWasWritten_andOnlyWithItsKey() {
    SigningKey key = SigningKey.parse("log", pem(SEED));
    SigningKey other = SigningKey.parse("log", pem(PUBLIC));
    Checkpoint checkpoint = new Checkpoint("log", 7, Hashes.leaf(new byte[] {1}));
    SignedNote note = SignedNote.parse(SignedNote.of(checkpoint.text(), key).toString());

    assertThat(note.signer(List.of(other.verifier(), key.verifier()))).contains(key.verifier());
    assertThat(note.signer(List.of(other.verifier()))).isEmpty();
    assertThat(Checkpoint.parse(note.text()).size()).isEqualTo(7);
    assertThat(Checkpoint.parse(note.text()).root()).isEqualTo(checkpoint.root());
    SignedNote changed = new SignedNote(note.text().replace("7", "6"), note.lines());
    assertThat(changed.signer(List.of(key.verifier()))).isEmpty();
  }

  @Test
  void verifierKeyWithAWrongId_isRefused() {
    String key = SigningKey.parse("log", pem(SEED)).verifier().toString();

    assertThat(VerifierKey.parse(key).toString()).isEqualTo(key);
    assertThatThrownBy(() -> VerifierKey.parse(key.replaceFirst("\\+.", "+z"))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> VerifierKey.parse("log")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keyThatOthersCanRead_isRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("key.pem"), pem(SEED));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> SigningKey.read("log", file)).hasMessageContaining("chmod 600");

    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(SigningKey.read("log", file).verifier().name()).isEqualTo("log");
  }
}
