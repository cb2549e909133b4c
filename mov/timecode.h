/* Timecodes as text, from the frame number in a tmcd sample (QTFF, Timecode Media). Pure. */
#ifndef CZ_MOV_TIMECODE_H
#define CZ_MOV_TIMECODE_H

#include "mov/sample_description.h"

/* "01:02:03:04"; "01:02:03;04" for drop-frame timecode (29.97: numbers 00 and 01 are skipped each
 * minute, except every tenth); with a "-" if negative. "" for counters and a rate of 0. */
void timecode_text(char out[16], const timecode_entry *t, uint32_t sample);

#endif
