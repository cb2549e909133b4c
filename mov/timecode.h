/* Time codes: the count of frames that a tmcd track begins with, as the text that people read
 * (QTFF, Timecode Media). Pure. */
#ifndef CZ_MOV_TIMECODE_H
#define CZ_MOV_TIMECODE_H

#include "mov/sample_description.h"

/* "01:02:03:04", with a semicolon before the frames when numbers are dropped (29.97: at each minute but
 * every tenth, 00 and 01 aren't used); "-" before it when it is negative. "" for counters and rates of 0. */
void timecode_text(char out[16], const timecode_entry *t, uint32_t sample);

#endif
