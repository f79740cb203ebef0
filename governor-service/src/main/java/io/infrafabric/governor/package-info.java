/**
 * IF.governor: who may, who should, at what cost. Owns swarms/, standing/, accounts/, breakers/, escalations/ and witness/ in etcd. Any number of
 * instances may run at once: every change is one transaction that compares what it replaces.
 */
package io.infrafabric.governor;
