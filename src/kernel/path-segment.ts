/**
 * Text that can be part of a Redis key and one segment of a URL path. Dots alone name another
 * folder.
 */
export const PATH_SEGMENT = /^(?!\.+$)[A-Za-z0-9._-]{1,64}$/;
