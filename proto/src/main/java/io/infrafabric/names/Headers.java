package io.infrafabric.names;

/** Header names on NATS messages and in gRPC metadata. All lower case but NATS' own. */
public final class Headers {
  public static final String TRACEPARENT = "traceparent";
  public static final String TRACESTATE = "tracestate";
  /** {@code Bearer} and a token. */
  public static final String AUTHORIZATION = "authorization";

  public static final String MESSAGE_ID = "Nats-Msg-Id";
  public static final String CONTENT_TYPE = "Content-Type";
  public static final String JSON = "application/json";
  public static final String PROTOBUF = "application/protobuf";
  public static final String SERVICE_ERROR = "Nats-Service-Error";
  public static final String SERVICE_ERROR_CODE = "Nats-Service-Error-Code";
  public static final String CE_ID = "ce-id";
  public static final String CE_TYPE = "ce-type";
  public static final String CE_SOURCE = "ce-source";
  public static final String CE_SPECVERSION = "ce-specversion";
  public static final String CE_TIME = "ce-time";
  public static final String CE_SUBJECT = "ce-subject";

  private Headers() {}
}
