package io.infrafabric.kit.grpc;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.kit.auth.AuthMode;
import io.infrafabric.kit.auth.AuthSettings;
import io.infrafabric.kit.auth.RateSettings;
import io.infrafabric.kit.auth.RefusalListener;
import io.infrafabric.kit.auth.Tokens;
import io.infrafabric.kit.telemetry.Telemetry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a service from starting. */
class DoorsTest {
  @TempDir Path folder;

  @Test
  void aServer_withAMethodThatHasNoRow_doesNotStart() {
    MethodDescriptor<ClaimNextRequest, ClaimNextRequest> method =
        MethodDescriptor.<ClaimNextRequest, ClaimNextRequest>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("infrafabric.coordinator.v1.ClaimService/Steal")
            .setRequestMarshaller(ProtoUtils.marshaller(ClaimNextRequest.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(ClaimNextRequest.getDefaultInstance()))
            .build();
    ServerServiceDefinition service =
        ServerServiceDefinition.builder("infrafabric.coordinator.v1.ClaimService").addMethod(method, ServerCalls.asyncUnaryCall((request, observer) -> {})).build();
    try (Doors off =
        Doors.open("test", "test-1", new DoorSettings(AuthSettings.off(), RateSettings.defaults(), TlsSettings.none()), new ToldBus(), RefusalListener.NONE, Telemetry.none().metrics(), InstantSource.system())) {
      GrpcServer.Builder builder = GrpcServer.Builder.of("test").service(() -> service).doors(off);
      assertThatThrownBy(builder::build).hasMessageContaining("no row for infrafabric.coordinator.v1.ClaimService/Steal");
      assertThatThrownBy(builder::startInProcess).hasMessageContaining("Steal");
    }
  }

  @Test
  void filesThatCannotBeUsed_areRefusedBeforeAnythingStarts() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty"), "");
    DoorSettings noKeys = new DoorSettings(AuthSettings.off().required(empty), RateSettings.defaults(), TlsSettings.none());
    assertThatThrownBy(() -> noKeys.requireUsable("127.0.0.1")).hasMessageContaining("has no key");
    DoorSettings missing = new DoorSettings(AuthSettings.off().required(folder.resolve("gone")), RateSettings.defaults(), TlsSettings.none());
    assertThatThrownBy(() -> missing.requireUsable("127.0.0.1")).hasMessageContaining("gone");
    Path trusted = new Tokens(folder).trusted();
    DoorSettings noTokens =
        new DoorSettings(AuthSettings.off().required(trusted).without(Files.writeString(folder.resolve("revoked"), "\nno id\n")), RateSettings.defaults(), TlsSettings.none());
    assertThatThrownBy(() -> noTokens.requireUsable("127.0.0.1")).hasMessageContaining("revoked line 2 is not the id (jti) of a token");
    DoorSettings noList = new DoorSettings(AuthSettings.off().required(trusted).without(folder.resolve("nowhere")), RateSettings.defaults(), TlsSettings.none());
    assertThatThrownBy(() -> noList.requireUsable("127.0.0.1")).hasMessageContaining("nowhere");
    DoorSettings noCertificate =
        new DoorSettings(AuthSettings.off(), RateSettings.defaults(), new TlsSettings(Optional.of(empty), Optional.of(empty), Optional.empty(), false));
    assertThatThrownBy(() -> noCertificate.requireUsable("127.0.0.1")).hasMessageContaining("not a certificate and its key");
    DoorSettings open = new DoorSettings(AuthSettings.off(), RateSettings.defaults(), TlsSettings.none());
    assertThatThrownBy(() -> open.requireUsable("0.0.0.0")).hasMessageContaining("auth-mode=required");
    assertThatCode(() -> open.requireUsable("127.0.0.1")).doesNotThrowAnyException();
  }

  @Test
  void aServiceThatOthersReach_asksWhoTheyAre_unlessThatIsSaid() {
    assertThatCode(() -> AuthSettings.off().requireSafe("127.0.0.1")).doesNotThrowAnyException();
    assertThatCode(() -> AuthSettings.off().requireSafe("localhost")).doesNotThrowAnyException();
    assertThatThrownBy(() -> AuthSettings.off().requireSafe("0.0.0.0")).hasMessageContaining("auth-off-beyond-loopback=true");
    assertThatThrownBy(() -> AuthSettings.off().requireSafe("192.0.2.7")).hasMessageContaining("auth-mode=required");
    assertThatCode(() -> AuthSettings.off().required(new Tokens(folder).trusted()).requireSafe("0.0.0.0")).doesNotThrowAnyException();
    assertThatThrownBy(() -> new AuthSettings(AuthMode.REQUIRED, Optional.empty(), Optional.empty(), Optional.empty(), "x", Duration.ZERO, Duration.ofHours(1), 1, 1, 1, false, false))
        .hasMessageContaining("auth-keys");
    assertThatThrownBy(() -> new AuthSettings(AuthSettings.off().mode(), Optional.empty(), Optional.empty(), Optional.empty(), "x", Duration.ZERO, Duration.ofHours(2), 1, 1, 1, false, false))
        .hasMessageContaining("at most 1h");
  }
}
