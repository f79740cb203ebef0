/**
 * What a manifest may look like and what of it is signed: the same for the governor, which keeps manifests, and for who writes them. Pure.
 */
package io.infrafabric.manifest;
