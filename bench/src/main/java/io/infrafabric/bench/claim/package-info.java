/** What a claim costs at the client, against a bare transaction on the same etcd. */
package io.infrafabric.bench.claim;
