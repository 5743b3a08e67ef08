/**
 * Words of anatomy and technique: in a description they say what was done, not to whom. Whatever is not among them,
 * numbers included, may be a name, and is left out.
 */
const known = `
ABDOMEN ABDOMINAL ADC ANGIO ANKLE AORTA AP ARTERIAL ARTERY AX AXIAL BEAM BLADDER BOLUS BRACHYTHERAPY BRAIN
BREAST CARDIAC CBCT CE CEREBRAL CERVICAL CHEST CINE COLON CONTOUR CONTOURS CONTRAST COR CORONAL CORRECTED
CRANIAL CRANIUM CT CTA CTAC CTV DELAYED DERIVED DIFFUSION DOSE DRAFT DSA DWI DX ECG ECHO ELBOW EPI FAT FDG
FEMUR FFE FINDINGS FLAIR FOLLOWUP FS FSE FSPGR GATED GD GRE GTV HIP HR IAC IMAGE IMAGES INFERIOR IR KIDNEY
KNEE KV LAT LATERAL LEFT LIVER LOCALIZER LUMBAR LUNG LUNGS MAMMO MASK MAXILLA MEDIASTINUM MIP MPR MPRAGE MR
MRA MRI MRT NATIVE NM NORMAL OBL OBLIQUE ORBIT PA PANCREAS PELVIS PERFUSION PET PHASE PITUITARY PLAN PORTAL
POST PRE PRONE PROSTATE PTV RADIOTHERAPY RECON RECONSTRUCTION RECTUM REGISTRATION REPORT RESULT RIGHT ROI
ROIS RT RTDOSE RTPLAN RTSTRUCT SAG SAGITTAL SCAN SCOUT SE SEG SEGMENTATION SERIES SHOULDER SKULL SPECT SPINE
SPIRAL SPLEEN STAGING STANDARD STATIC STIR STRUCTURE STUDY SUPINE SURVIEW SWI THIN THORACIC THORAX THYROID
TIRM TISSUE TOF TOPOGRAM TRA TRANSVERSE TSE TUMOR TUMOUR ULTRASOUND URETER US UTERUS VENOUS VERTEBRA VESSEL
VIBE VIEW VOLUME WATER WHOLE WITH WITHOUT WRIST XA BECKEN BLASE GEHIRN LINKS LWS BWS HWS NIERE PLANUNG
RECHTS T1 T2 T1W T2W PD 2D 3D 4D`

const builtIn: ReadonlySet<string> = new Set(known.trim().split(/\s+/))

/** The words of a text: runs of letters and digits of any script. */
export const wordsOf = (text: string): readonly string[] =>
  text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '')

/**
 * The words of a text that may stand, with one blank between them; '' where there are none. `more` may stand, too,
 * and `never` may not, as in a patient's own name; both in capitals.
 */
export const cleanedText = (text: string, more: readonly string[], never: ReadonlySet<string>): string =>
  wordsOf(text)
    .filter((word) => {
      const capitals = word.toUpperCase()
      return (
        /^[A-Z0-9]+$/i.test(word) &&
        !never.has(capitals) &&
        (builtIn.has(capitals) || more.includes(capitals))
      )
    })
    .join(' ')
