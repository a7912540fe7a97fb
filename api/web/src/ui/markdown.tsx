/**
 * Markdown as elements, never as markup: what a model writes can become bold, and can never become a script, a frame or a
 * request to somewhere. HTML is shown as the text that it is; pictures become links. While a text grows, blocks that are
 * finished are not drawn again.
 */
import { Lexer, type Token, type Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { memo } from './memo';
import { useState } from 'preact/hooks';
import { t } from '../words';
import { Icon } from './icon';
import { copy } from './parts';

/** The lexer escapes nothing but entities of inline text; they are turned back, since elements take plain text. */
const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const plain = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** An address that may be followed. */
export function safeAddress(href: string): string | null {
  try {
    const url = new URL(href);
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const address = safeAddress(href);
  if (!address) return <>{children}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function inline(tokens: Token[] | undefined): ComponentChildren {
  return tokens?.map((token, i) => {
    switch (token.type) {
      case 'strong':
        return <strong key={i}>{inline(token.tokens)}</strong>;
      case 'em':
        return <em key={i}>{inline(token.tokens)}</em>;
      case 'del':
        return <del key={i}>{inline(token.tokens)}</del>;
      case 'codespan':
        return <code key={i}>{plain(token['text'] as string)}</code>;
      case 'br':
        return <br key={i} />;
      case 'link':
        return (
          <Link key={i} href={token['href'] as string}>
            {inline(token.tokens)}
          </Link>
        );
      case 'image':
        return (
          <Link key={i} href={token['href'] as string}>
            {(token['text'] as string) || (token['href'] as string)}
          </Link>
        );
      case 'text':
        return token.tokens ? inline(token.tokens) : plain(token.raw);
      case 'escape':
        return plain(token['text'] as string);
      default:
        return token.raw;
    }
  });
}

function Code({ text, language }: { text: string; language: string }) {
  const [done, setDone] = useState(false);
  const take = async (): Promise<void> => {
    setDone(await copy(text));
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <figure class="code">
      <figcaption>
        <span>{language}</span>
        <button type="button" class="plain" onClick={() => void take()}>
          <Icon name={done ? 'check' : 'copy'} /> {done ? t('do.copied') : t('do.copy')}
        </button>
      </figcaption>
      <pre tabIndex={0} dir="ltr">
        <code>{text}</code>
      </pre>
    </figure>
  );
}

function block(token: Token): ComponentChildren {
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading': {
      // A message has its own heading above: what is inside begins one lower than it.
      const Tag = `h${Math.min(6, (token['depth'] as number) + 3)}` as 'h4';
      return <Tag dir="auto">{inline(token.tokens)}</Tag>;
    }
    case 'paragraph':
      return <p dir="auto">{inline(token.tokens)}</p>;
    case 'code':
      return <Code text={token['text'] as string} language={(token['lang'] as string | undefined) ?? ''} />;
    case 'blockquote':
      return <blockquote>{blocks(token.tokens ?? [])}</blockquote>;
    case 'hr':
      return <hr />;
    case 'list': {
      const list = token as Tokens.List;
      const items = list.items.map((entry, i) => (
        <li key={i} dir="auto">
          {entry.task && <input type="checkbox" checked={entry.checked ?? false} disabled aria-label={entry.text} />}
          {blocks(entry.tokens)}
        </li>
      ));
      return list.ordered ? <ol start={Number(list.start) || 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table': {
      const table = token as Tokens.Table;
      const cell = (c: Tokens.TableCell, i: number, Tag: 'td' | 'th') => (
        <Tag key={i} style={c.align ? { textAlign: c.align } : undefined} scope={Tag === 'th' ? 'col' : undefined}>
          {inline(c.tokens)}
        </Tag>
      );
      return (
        <div class="scroll-x" tabIndex={0}>
          <table>
            <thead>
              <tr>{table.header.map((c, i) => cell(c, i, 'th'))}</tr>
            </thead>
            <tbody>
              {table.rows.map((row, r) => (
                <tr key={r}>{row.map((c, i) => cell(c, i, 'td'))}</tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    case 'text':
      return token.tokens ? <span dir="auto">{inline(token.tokens)}</span> : plain(token.raw);
    default:
      return <p dir="auto">{token.raw}</p>;
  }
}

const Block = memo(
  ({ token }: { token: Token }) => <>{block(token)}</>,
  (a, b) => a.token.raw === b.token.raw && a.token.type === b.token.type,
);

function blocks(tokens: Token[]): ComponentChildren {
  return tokens.map((token, i) => <Block key={i} token={token} />);
}

export function Markdown({ text }: { text: string }) {
  return <div class="prose">{blocks(new Lexer({ gfm: true, breaks: true }).lex(text))}</div>;
}
