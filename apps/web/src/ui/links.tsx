import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { type AnchorHTMLAttributes, forwardRef } from 'react';

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color' | 'size' | 'label'>;

/** Links of the kit that lead to pages of the app, checked by the router's types. */
export const TextLink = createLink(forwardRef<HTMLAnchorElement, AnchorProps & Native>((props, ref) => <Anchor ref={ref} {...props} />));
export const ButtonLink = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & Native>((props, ref) => <Button component="a" ref={ref} {...props} />),
);
export const RailLink = createLink(
  forwardRef<HTMLAnchorElement, NavLinkProps & Native>((props, ref) => <NavLink component="a" ref={ref} {...props} />),
);
