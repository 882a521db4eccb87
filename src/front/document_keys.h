#ifndef SHMMAP_DOCUMENT_KEYS_H
#define SHMMAP_DOCUMENT_KEYS_H

#include "base/store.h"
#include "front/document.h"
#include "front/faults.h"

/*
 * The keys of a mapping that was read: "<<: *base" becomes the keys of base
 * that are not there already, of several the first one's, and those that are
 * there twice are faults. Takes as long as sorting them. Returns -1 after a
 * fault that leaves no mapping.
 */
int document_settle_keys(struct node *mapping, struct store *store,
			 struct faults *faults);

#endif
