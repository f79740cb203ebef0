package io.infrafabric.kit.telemetry;

import io.opentelemetry.api.common.AttributeKey;

/** Names of span attributes, so that a search by task finds every span of it. Never metric labels. */
public final class TraceAttributes {
  public static final AttributeKey<String> TASK_ID = AttributeKey.stringKey("if.task.id");
  public static final AttributeKey<String> SWARM_ID = AttributeKey.stringKey("if.swarm.id");
  public static final AttributeKey<Long> FENCE = AttributeKey.longKey("if.fence");
  public static final AttributeKey<String> CLAIM_ID = AttributeKey.stringKey("if.claim.id");
  public static final AttributeKey<String> PLAN_ID = AttributeKey.stringKey("if.plan.id");
  public static final AttributeKey<String> ERROR_CODE = AttributeKey.stringKey("if.error.code");

  private TraceAttributes() {}
}
