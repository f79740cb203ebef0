/**
 * What a swarm inside the chassis promises and is allowed. Owns the records {@code contracts/<swarm>} in etcd and the modules
 * in the object store, by SHA-256. A contract is written only after itself, its module and its swarm's registration have been
 * checked; so every stored contract can be run. Called by operators through ContractService; the feature work follows the
 * records.
 */
package io.infrafabric.chassis.contract;
