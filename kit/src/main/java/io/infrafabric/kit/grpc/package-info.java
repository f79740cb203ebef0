/**
 * gRPC servers and clients as every service has them: limits, deadlines, health, reflection, drain, trace context, and
 * the one place where a {@code Refusal} becomes a status and a status becomes a {@code Refusal}.
 */
package io.infrafabric.kit.grpc;
