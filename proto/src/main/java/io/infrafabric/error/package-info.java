/** The error catalogue: what each {@code ErrorCode} means on gRPC, on NATS and at the shell, and a refusal as a value. */
package io.infrafabric.error;
