/** Rankings over gRPC among many swarms, beside an empty call and a plain scan. */
package io.infrafabric.bench.match;
