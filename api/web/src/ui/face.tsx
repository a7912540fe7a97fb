/**
 * The face: eyes, brows and mouth follow pleasantness, excitement and control of the emotion projection, at whatever
 * moment is shown. It blinks as people do, every few seconds, unless motion is reduced.
 */
import { useEffect, useId, useRef } from 'preact/hooks';
import { runs } from '../state/live';
import { mood, toneOf } from '../state/mood';
import { known } from '../words';

const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Closing 54 ms, shut 18, opening 108, every two to six seconds. */
function useBlink(eyes: { current: SVGGElement | null }): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const blink = (): void => {
      if (!still.matches && document.visibilityState === 'visible') {
        const shut = [{ transform: 'scaleY(1)' }, { transform: 'scaleY(.06)', offset: 0.3 }, { transform: 'scaleY(.06)', offset: 0.4 }, { transform: 'scaleY(1)' }];
        eyes.current?.animate?.(shut, { duration: 180, easing: 'ease-out' });
      }
      timer = setTimeout(blink, 2_000 + Math.random() * 4_000);
    };
    timer = setTimeout(blink, 1_500);
    return () => clearTimeout(timer);
  }, []);
}

export function Face({ size = 88, label = true }: { size?: number; label?: boolean }) {
  const eyes = useRef<SVGGElement>(null);
  const skin = useId();
  useBlink(eyes);
  const { affect, label: name } = mood.value;
  const { valence: v, arousal: a, dominance: d } = affect;
  const speaking = [...runs.value.values()].some((live) => live.state.value === 'writing');
  const thinking = [...runs.value.values()].some((live) => live.state.value === 'waiting');
  const tone = toneOf(affect);
  // Half the width of the mouth, how far its corners rise, how far it opens.
  const width = 13 + a * 4;
  const curve = v * 11 + 3;
  const open = Math.max(0, a - 0.45) * 8 + (v > 0.5 ? 2 : 0);
  const eye = 6.2 + a * 2.6;
  const brow = Math.max(0, -v) * 3.4 - Math.max(0, -v) * (d - 0.5) * 9;
  const lift = a * 3 - 1;
  const gaze = thinking ? -2.2 : 0;
  const mouth = `M${50 - width} ${66 - curve * 0.35}Q50 ${66 + curve + open} ${50 + width} ${66 - curve * 0.35}Q50 ${66 + curve - open * 0.4} ${50 - width} ${66 - curve * 0.35}Z`;
  return (
    <figure class={`face tone-${tone} ${speaking ? 'speaking' : ''} ${thinking ? 'thinking' : ''}`} style={{ width: `${size}px` }}>
      <svg viewBox="0 0 100 100" width={size} height={size} role="img" aria-label={known('mood', name)}>
        <defs>
          <radialGradient id={skin} cx=".38" cy=".3" r=".85">
            <stop offset="0" class="skin-a" />
            <stop offset=".6" class="skin-b" />
            <stop offset="1" class="skin-c" />
          </radialGradient>
        </defs>
        <circle class="aura" cx="50" cy="50" r="48" />
        <circle cx="50" cy="50" r="39" fill={`url(#${skin})`} />
        <g class="features">
          <g class="brows">
            <path d={`M28 ${33 - lift + brow}Q35 ${29 - lift} 42 ${32 - lift - brow}`} />
            <path d={`M58 ${32 - lift - brow}Q65 ${29 - lift} 72 ${33 - lift + brow}`} />
          </g>
          <g class="eyes" ref={eyes}>
            <ellipse cx="36" cy={46 + gaze} rx="4.600" ry={eye} />
            <ellipse cx="64" cy={46 + gaze} rx="4.600" ry={eye} />
            <circle class="glint" cx="37.600" cy={46 + gaze - eye * 0.42} r="1.500" />
            <circle class="glint" cx="65.600" cy={46 + gaze - eye * 0.42} r="1.500" />
          </g>
          <g class="cheeks" opacity={Math.max(0, v - 0.2) * 0.7}>
            <ellipse cx="27" cy="58" rx="6" ry="3.600" />
            <ellipse cx="73" cy="58" rx="6" ry="3.600" />
          </g>
          <path class="mouth" d={mouth} />
        </g>
      </svg>
      {label && <figcaption>{known('mood', name)}</figcaption>}
    </figure>
  );
}
