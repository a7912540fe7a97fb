/** A component that is drawn again only when its properties differ, as `compat` has it, without the rest of `compat`. */
import { Component, type ComponentChildren, type ComponentType, createElement } from 'preact';

export function memo<P extends object>(draw: ComponentType<P>, same: (before: P, after: P) => boolean): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }
    override render(): ComponentChildren {
      return createElement(draw as ComponentType<object>, this.props);
    }
  } as unknown as ComponentType<P>;
}
