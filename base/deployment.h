/* Deployments of the camera CamHD. Pure. */
#ifndef CZ_BASE_DEPLOYMENT_H
#define CZ_BASE_DEPLOYMENT_H

#include <stdint.h>

/* The deployment at a time (ns since 1970): 2, with which the archive begins, to 6, and 7 for all
 * later ones. */
unsigned camhd_deployment(int64_t time);

#endif
