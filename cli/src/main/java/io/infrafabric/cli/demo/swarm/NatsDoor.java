package io.infrafabric.cli.demo.swarm;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.infrafabric.common.v1.ErrorCode;
import io.infrafabric.coordinator.v1.ClaimNextRequest;
import io.infrafabric.coordinator.v1.ClaimNextResponse;
import io.infrafabric.coordinator.v1.ClaimTaskRequest;
import io.infrafabric.coordinator.v1.ClaimTaskResponse;
import io.infrafabric.coordinator.v1.CompleteTaskRequest;
import io.infrafabric.coordinator.v1.CompleteTaskResponse;
import io.infrafabric.coordinator.v1.FailTaskRequest;
import io.infrafabric.coordinator.v1.FailTaskResponse;
import io.infrafabric.coordinator.v1.ReleaseTaskRequest;
import io.infrafabric.coordinator.v1.ReleaseTaskResponse;
import io.infrafabric.coordinator.v1.ReportProgressRequest;
import io.infrafabric.coordinator.v1.ReportProgressResponse;
import io.infrafabric.error.ErrorCatalog;
import io.infrafabric.error.Refusal;
import io.infrafabric.kit.nats.BusMessage;
import io.infrafabric.kit.nats.NatsBus;
import io.infrafabric.kit.telemetry.WireTrace;
import io.infrafabric.names.Headers;
import io.infrafabric.names.Subjects;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Over NATS request/reply with JSON, as a swarm without gRPC does it. */
record NatsDoor(NatsBus bus) implements Door {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Override
  public ClaimTaskResponse claim(ClaimTaskRequest request) {
    return call("ClaimTask", request, ClaimTaskResponse.newBuilder()).build();
  }

  @Override
  public ClaimNextResponse next(ClaimNextRequest request) {
    return call("ClaimNext", request, ClaimNextResponse.newBuilder()).build();
  }

  @Override
  public ReportProgressResponse progress(ReportProgressRequest request) {
    return call("ReportProgress", request, ReportProgressResponse.newBuilder()).build();
  }

  @Override
  public CompleteTaskResponse complete(CompleteTaskRequest request) {
    return call("CompleteTask", request, CompleteTaskResponse.newBuilder()).build();
  }

  @Override
  public FailTaskResponse fail(FailTaskRequest request) {
    return call("FailTask", request, FailTaskResponse.newBuilder()).build();
  }

  @Override
  public ReleaseTaskResponse release(ReleaseTaskRequest request) {
    return call("ReleaseTask", request, ReleaseTaskResponse.newBuilder()).build();
  }

  private <B extends Message.Builder> B call(String method, Message request, B response) {
    Map<String, String> headers = new HashMap<>();
    WireTrace.inject(Context.current(), headers);
    try {
      byte[] body = JsonFormat.printer().omittingInsignificantWhitespace().print(request).getBytes(StandardCharsets.UTF_8);
      BusMessage answer = bus.request(Subjects.rpc("coordinator", method), headers, body, PATIENCE).join();
      String text = new String(answer.body(), StandardCharsets.UTF_8);
      if (answer.headers().containsKey(Headers.SERVICE_ERROR)) {
        throw refusal(answer.headers().get(Headers.SERVICE_ERROR), text).asException();
      }
      JsonFormat.parser().ignoringUnknownFields().merge(text, response);
      return response;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("%s answered what is no JSON of its response".formatted(method), e);
    }
  }

  /** A body that has another form, as a NATS server may send, still has the header: {@code REASON: message}. */
  private static Refusal refusal(String header, String body) {
    String reason = header.split(":", 2)[0];
    try {
      JsonObject error = JsonParser.parseString(body).getAsJsonObject().getAsJsonObject("error");
      return Refusal.of(code(error.get("code").getAsString()), error.get("message").getAsString());
    } catch (JsonParseException | IllegalStateException | NullPointerException otherForm) {
      return Refusal.of(code(reason), header);
    }
  }

  private static ErrorCode code(String reason) {
    return ErrorCatalog.ofReason(reason).orElse(ErrorCode.ERROR_CODE_INTERNAL);
  }
}
